export { AddNodeButton } from './AddNode'
export { NodePage } from './NodePage'
export { NodesPage } from './NodesPage'
