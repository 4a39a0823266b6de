import { useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { Box, Gauge, HardDrive, Layers, Network as NetworkIcon, Server, Stethoscope, Trash2 } from 'lucide-react'
import { ApiError, del } from '@/api/http'
import { queries } from '@/api/queries'
import { useMay } from '@/api/rights'
import type { Node } from '@/api/types'
import { ago } from '@/lib/time'
import { languageTag, useLanguage } from '@/lib/preferences'
import { Button, buttonClass, Card, Confirm, EmptyState, ErrorState, Notice, Page, PageHeader, SkeletonRows, Tabs, toast, useNow } from '@/ui'
import { ContainersTab } from './ContainersTab'
import { DoctorTab } from './DoctorTab'
import { ImagesTab, NetworksTab, VolumesTab } from './ListTabs'
import { OverviewTab } from './OverviewTab'
import { NodeRole, NodeStatus } from './parts'
import { useText } from './text'

const TABS = ['overview', 'containers', 'images', 'networks', 'volumes', 'doctor'] as const
type Tab = (typeof TABS)[number]

/** One node, by its name or id. */
export function NodePage() {
  const t = useText()
  const { id } = useParams({ from: '/shell/nodes/$id' })
  const node = useQuery(queries.node(id))
  if (!node.data)
    return (
      <Page>
        <PageHeader title={id} above={<Link to="/nodes">{t('title')}</Link>} />
        <Card flush>
          {node.error instanceof ApiError && node.error.status === 404 ? (
            <EmptyState
              icon={Server}
              title={<span className="[overflow-wrap:anywhere]">{t('goneTitle', { id })}</span>}
              action={
                <Link to="/nodes" className={buttonClass()}>
                  {t('toList')}
                </Link>
              }
            >
              {t('goneHint')}
            </EmptyState>
          ) : node.error ? (
            <ErrorState error={node.error} onRetry={() => void node.refetch()} />
          ) : (
            <SkeletonRows />
          )}
        </Card>
      </Page>
    )
  return <Loaded node={node.data} id={id} />
}

function Loaded({ node, id }: { node: Node; id: string }) {
  const t = useText()
  const navigate = useNavigate()
  const search = useSearch({ from: '/shell/nodes/$id' })
  const tab: Tab = TABS.find((one) => one === search.tab) ?? 'overview'
  const mayManage = useMay('manageNodes')
  const [removing, setRemoving] = useState(false)
  const tag = languageTag(useLanguage())
  const now = useNow()
  return (
    <Page>
      <PageHeader
        above={
          <Link to="/nodes" className="hover:text-fg hover:underline">
            {t('title')}
          </Link>
        }
        title={node.name}
        badges={
          <>
            <NodeStatus node={node} />
            <NodeRole node={node} />
          </>
        }
        below={[node.facts?.os, node.facts?.arch, node.address].filter(Boolean).join(' · ')}
        actions={
          mayManage ? (
            <Button look="danger" icon={Trash2} onClick={() => setRemoving(true)}>
              {t('remove')}
            </Button>
          ) : undefined
        }
      />
      {node.locked !== null && (
        <Notice tone="bad" title={t('lockedNotice', { time: ago(node.locked, now, tag) })}>
          {t('lockedHint')}
        </Notice>
      )}
      {!node.connected && node.locked === null && (
        <Notice tone="warn" title={t('awayNotice', { time: node.last_seen === null ? '–' : ago(node.last_seen, now, tag) })}>
          {t('awayHint')}
        </Notice>
      )}
      {node.connected && !node.engine_ok && (
        <Notice tone="bad" title={t('engineNotice')}>
          {t('engineHint')}
        </Notice>
      )}
      <Tabs
        label={t('tabs')}
        value={tab}
        onChange={(next) => void navigate({ to: '/nodes/$id', params: { id }, search: next === 'overview' ? {} : { tab: next }, replace: true })}
        tabs={[
          { value: 'overview', label: t('tabOverview'), icon: Gauge, content: <OverviewTab node={node} /> },
          { value: 'containers', label: t('tabContainers'), icon: Box, count: node.containers_total, content: <ContainersTab node={node} /> },
          { value: 'images', label: t('tabImages'), icon: Layers, content: <ImagesTab id={id} /> },
          { value: 'networks', label: t('tabNetworks'), icon: NetworkIcon, content: <NetworksTab id={id} /> },
          { value: 'volumes', label: t('tabVolumes'), icon: HardDrive, content: <VolumesTab id={id} /> },
          { value: 'doctor', label: t('tabDoctor'), icon: Stethoscope, content: <DoctorTab id={id} /> },
        ]}
      />
      <Confirm
        open={removing}
        onOpenChange={setRemoving}
        title={t('removeTitle', { name: node.name })}
        action={t('remove')}
        typed={node.name}
        onConfirm={async () => {
          await del(`/nodes/${encodeURIComponent(node.id)}`)
          toast('ok', t('removed', { name: node.name }))
          await navigate({ to: '/nodes' })
        }}
      >
        <p>{t('removeLead')}</p>
        <p>{t('removeStays')}</p>
      </Confirm>
    </Page>
  )
}
