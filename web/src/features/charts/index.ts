/** Charts of what is measured: `<Charts of="nodes" id={node.id} memoryLimit={…} alive={node.connected} />`, or a single `Chart`. */
export { Chart, type ChartLine } from './Chart'
export { Charts } from './Charts'
export { useLive, type Live, type Subject } from './useLive'
