import { useLiveFrames } from '@/api/stats'
import type { Node } from '@/api/types'
import { bytes, rate } from '@/lib/bytes'
import { cores, percent, share } from '@/lib/numbers'
import { languageTag, useLanguage } from '@/lib/preferences'
import { duration } from '@/lib/time'
import { Badge, Card, CopyId, Facts, LabelledMeter, Moment, Status } from '@/ui'
import { NodeCharts } from './NodeCharts'
import { useText } from './text'

/** What the machine is, what it does now and did before, and what its owner allows. */
export function OverviewTab({ node }: { node: Node }) {
  const t = useText()
  const tag = languageTag(useLanguage())
  const live = useLiveFrames(node.connected ? { node: node.id } : null).get(node.id)
  const load = live?.load ?? node.load
  const { facts, swarm, policy } = node
  const cpus = facts?.cpus ?? 0
  return (
    <div className="grid gap-4">
      <Card title={t('load')} aside={live ? <Badge tone="ok">{t('live')}</Badge> : undefined}>
        {load ? (
          <div className="grid gap-x-8 gap-y-4 lg:grid-cols-3 2xl:grid-cols-[repeat(3,minmax(0,1fr))_auto]">
            <LabelledMeter label={t('cpu')} percent={load.cpu} value={percent(load.cpu)} of={t('perCores', { used: cores((load.cpu / 100) * cpus), n: cpus })} />
            <LabelledMeter
              label={t('memory')}
              percent={share(load.memory_used, load.memory_total)}
              value={percent(share(load.memory_used, load.memory_total))}
              of={t('of', { part: bytes(load.memory_used), whole: bytes(load.memory_total) })}
            />
            <LabelledMeter
              label={t('disk')}
              percent={share(load.disk_used, load.disk_total)}
              value={percent(share(load.disk_used, load.disk_total))}
              of={t('of', { part: bytes(load.disk_used), whole: bytes(load.disk_total) })}
            />
            <dl className="figures grid grid-cols-2 gap-x-8 gap-y-2 border-t pt-3 text-sm sm:grid-cols-4 lg:col-span-3 lg:grid-cols-6 2xl:col-span-1 2xl:grid-cols-[auto_auto_auto_auto] 2xl:border-t-0 2xl:pt-0">
              {(
                [
                  [t('received'), rate(load.rx)],
                  [t('sent'), rate(load.tx)],
                  [t('load1'), load.load1.toFixed(2)],
                  [t('uptime'), duration(load.uptime, tag)],
                ] as const
              ).map(([name, value]) => (
                <div key={name} className="min-w-20 lg:[&:nth-child(n+3)]:col-span-2 2xl:[&:nth-child(n+3)]:col-span-1">
                  <dt className="text-fg-faint">{name}</dt>
                  <dd className="whitespace-nowrap">{value}</dd>
                </div>
              ))}
            </dl>
          </div>
        ) : (
          <p className="text-sm text-fg-faint">{t('unknown')}</p>
        )}
      </Card>
      <NodeCharts node={node} />
      <div className="gap-4 md:columns-2 xl:columns-3 [&>section]:mb-4 [&>section]:break-inside-avoid">
        <Card title={t('facts')}>
          {facts ? (
            <Facts
              facts={[
                [t('os'), facts.os],
                [t('kernel'), facts.kernel],
                [t('arch'), facts.arch],
                [t('cpus'), facts.cpus],
                [t('memory'), bytes(facts.memory)],
                [t('cgroup'), facts.cgroup_version],
                [t('addresses'), <Lines key="addresses" lines={facts.addresses} />],
              ]}
            />
          ) : (
            <p className="text-sm text-fg-faint">{t('unknown')}</p>
          )}
        </Card>
        <Card title={t('engineFacts')}>
          {facts?.engine ? (
            <Facts
              facts={[
                [t('version'), facts.engine.version],
                [t('api'), facts.engine.api_version],
                [t('storage'), facts.engine.storage_driver],
                [t('logging'), facts.engine.logging_driver],
                [t('cgroupDriver'), facts.engine.cgroup_driver],
                [t('rootDir'), <code key="root" className="font-mono text-xs">{facts.engine.root_dir}</code>],
                [t('runtimes'), facts.engine.runtimes.join(', ')],
              ]}
            />
          ) : (
            <p className="text-sm text-fg-faint">{t('unknown')}</p>
          )}
        </Card>
        <Card title={t('swarmFacts')}>
          {swarm ? (
            <Facts
              facts={[
                [t('role'), t(swarm.leader ? 'leader' : swarm.role === 'manager' ? 'manager' : 'worker')],
                [t('availability'), swarm.availability === 'active' || swarm.availability === 'pause' || swarm.availability === 'drain' ? t(swarm.availability) : swarm.availability],
                [t('state'), swarm.state === 'ready' || swarm.state === 'down' || swarm.state === 'disconnected' || swarm.state === 'unknown' ? t(`swarm_${swarm.state}`) : swarm.state],
                [t('address'), swarm.address],
                [t('swarmId'), <CopyId key="id" id={swarm.node_id} length={25} />],
                [t('labels'), Object.keys(swarm.labels).length > 0 && <Labels key="labels" labels={swarm.labels} />],
              ]}
            />
          ) : (
            <p className="text-sm text-fg-faint">{t('standalone')}</p>
          )}
        </Card>
        <Card title={t('agentFacts')}>
          <Facts
            facts={[
              [t('version'), node.agent_version],
              [t('dialsFrom'), node.address],
              [t('joined'), <Moment key="joined" at={node.joined} />],
              [t('nodeId'), <CopyId key="id" id={node.id} length={32} />],
            ]}
          />
        </Card>
        <Card title={t('policy')}>
          <Facts
            facts={(
              [
                [t('policyLogs'), policy.logs],
                [t('policyExec'), policy.exec],
                [t('policyImages'), policy.images],
                [t('policyDocker'), policy.docker],
              ] as const
            ).map(([name, allowed]) => [name, allowed ? <Status tone="ok">{t('allowed')}</Status> : <Status tone="note">{t('forbidden')}</Status>] as const)}
          />
          <p className="mt-3 text-xs text-fg-faint">{t('policyHint')}</p>
        </Card>
      </div>
    </div>
  )
}

function Lines({ lines }: { lines: readonly string[] }) {
  return (
    <span className="grid font-mono text-xs leading-5">
      {lines.map((line) => (
        <span key={line}>{line}</span>
      ))}
    </span>
  )
}

function Labels({ labels }: { labels: Readonly<Record<string, string>> }) {
  return (
    <span className="flex flex-wrap gap-1">
      {Object.entries(labels).map(([key, value]) => (
        <Badge key={key}>{value === '' ? key : `${key}=${value}`}</Badge>
      ))}
    </span>
  )
}
