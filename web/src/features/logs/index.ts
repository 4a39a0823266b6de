/** Logs: what other features show of them. */
export { LogView } from './LogView'
