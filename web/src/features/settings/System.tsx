import { useQuery } from '@tanstack/react-query'
import { API } from '@/api/http'
import { queries } from '@/api/queries'
import { bytes } from '@/lib/bytes'
import { Card, CopyLine, ErrorState, Facts, Moment, SkeletonRows, TimeAgo } from '@/ui'
import { useText } from './text'

export function System() {
  const t = useText()
  const { data, error, refetch } = useQuery({ ...queries.system(), refetchInterval: 30_000 })
  if (!data) return <Card flush>{error ? <ErrorState compact error={error} onRetry={() => void refetch()} /> : <SkeletonRows rows={4} />}</Card>
  return (
    <div className="grid items-start gap-4 lg:grid-cols-2">
      <Card title={t('manager')}>
        <Facts
          facts={[
            [t('version'), data.version],
            [
              t('started'),
              <span key="started">
                <Moment at={data.started} /> (<TimeAgo at={data.started} />)
              </span>,
            ],
            [t('store'), bytes(data.store_bytes)],
            [t('cluster'), data.swarm_cluster_id === null ? t('noSwarm') : <code key="swarm" className="font-mono text-xs">{data.swarm_cluster_id}</code>],
            [
              t('addresses'),
              <span key="addresses" className="grid font-mono text-xs leading-5">
                {data.addresses.map((address) => (
                  <span key={address}>{address}</span>
                ))}
              </span>,
            ],
            [
              t('apiDoc'),
              <a key="api" href={`${API}/openapi.json`} target="_blank" rel="noreferrer" className="text-accent hover:underline">
                openapi.json
              </a>,
            ],
          ]}
        />
      </Card>
      <Card title={t('pin')}>
        <CopyLine text={data.pin} />
        <p className="mt-3 text-xs text-fg-faint">{t('pinHint')}</p>
      </Card>
    </div>
  )
}
