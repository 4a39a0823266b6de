import { useMemo } from 'react'
import { useQuery } from '@tanstack/react-query'
import { Server } from 'lucide-react'
import { useMay } from '@/api/rights'
import { queries } from '@/api/queries'
import { AddNodeButton } from '@/features/nodes'
import { Badge, Card, EmptyState, ErrorState, Page, PageHeader, Skeleton } from '@/ui'
import { Attention } from './Attention'
import { attention } from './attention'
import { Busiest } from './Busiest'
import { Cards } from './Cards'
import { NodeLoads } from './NodeLoads'
import { useText } from './text'

/** The first page: how is everything, and what needs a look. */
export function OverviewPage() {
  const t = useText()
  const mayAdd = useMay('manageNodes')
  const overview = useQuery(queries.overview())
  const nodes = useQuery(queries.nodes()).data?.items
  const services = useQuery(queries.services()).data?.items
  const containers = useQuery(queries.containers()).data?.items
  const troubles = useMemo(() => attention(nodes ?? [], services ?? [], containers ?? []), [nodes, services, containers])

  if (!overview.data) {
    if (overview.error)
      return (
        <Page>
          <PageHeader title={t('title')} />
          <Card flush>
            <ErrorState error={overview.error} onRetry={() => void overview.refetch()} />
          </Card>
        </Page>
      )
    return <Loading />
  }
  if (overview.data.nodes_total === 0)
    return (
      <Page>
        <PageHeader title={t('title')} />
        <Card>
          <EmptyState icon={Server} title={t('welcome')} action={mayAdd ? <AddNodeButton look="primary" /> : undefined}>
            {t(mayAdd ? 'welcomeHint' : 'welcomeViewer')}
          </EmptyState>
        </Card>
      </Page>
    )
  const swarm = overview.data.swarm_cluster_id
  return (
    <Page>
      <PageHeader
        title={t('title')}
        badges={swarm === null ? <Badge>{t('noSwarm')}</Badge> : <Badge title={swarm}>{t('swarm', { id: swarm.slice(0, 12) })}</Badge>}
        actions={mayAdd ? <AddNodeButton /> : undefined}
      />
      <Cards overview={overview.data} nodes={nodes ?? []} containers={containers ?? []} />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4 xl:grid-cols-[minmax(0,5fr)_minmax(0,4fr)]">
        <Attention troubles={troubles} loading={nodes === undefined || services === undefined || containers === undefined} />
        <div className="grid content-start gap-4">
          <NodeLoads nodes={nodes} />
          <Busiest containers={containers} />
        </div>
      </div>
    </Page>
  )
}

function Loading() {
  const t = useText()
  return (
    <Page>
      <PageHeader title={t('title')} />
      <div className="grid grid-cols-2 gap-3 lg:grid-cols-3 xl:grid-cols-6">
        {Array.from({ length: 6 }, (_, index) => (
          <Card key={index}>
            <Skeleton className="h-3.5 w-16" />
            <Skeleton className="mt-3 h-7 w-24" />
            <Skeleton className="mt-4 h-8 w-full" />
          </Card>
        ))}
      </div>
      <Skeleton className="h-64 w-full" />
    </Page>
  )
}
