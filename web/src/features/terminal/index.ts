/** Shells: the one that a container's page shows. */
export { Shell } from './Shell'
