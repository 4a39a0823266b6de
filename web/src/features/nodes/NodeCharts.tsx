import type { Node } from '@/api/types'
import { Charts } from '@/features/charts'

export function NodeCharts({ node }: { node: Node }) {
  return <Charts of="nodes" id={node.id} memoryLimit={node.facts?.memory ?? node.load?.memory_total ?? 0} alive={node.connected} />
}
