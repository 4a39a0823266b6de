import { lazy, Suspense } from 'react'
import type { Node } from '@/api/types'
import { Skeleton } from '@/ui'

// The chart library is a fifth of this page's code and drawn last.
const Charts = lazy(() => import('@/features/charts').then(({ Charts }) => ({ default: Charts })))

export function NodeCharts({ node }: { node: Node }) {
  return (
    <Suspense fallback={<Skeleton className="h-80 w-full" />}>
      <Charts of="nodes" id={node.id} memoryLimit={node.facts?.memory ?? node.load?.memory_total ?? 0} alive={node.connected} />
    </Suspense>
  )
}
