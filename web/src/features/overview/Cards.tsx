import { useMemo, type ReactNode } from 'react'
import { useQueries } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { queries } from '@/api/queries'
import type { Container, Node, Overview } from '@/api/types'
import { bytes } from '@/lib/bytes'
import { cx } from '@/lib/cx'
import { cores, percent, share } from '@/lib/numbers'
import { Meter, Sparkline, Status } from '@/ui'
import { addUp, type ClusterHistory } from './history'
import { useText } from './text'

/** Nodes whose histories are added up; more would be many requests for a small picture, so then the card says of how many it is. */
const HISTORIES = 16

function useHistory(nodes: readonly Node[]): { history: ClusterHistory; shown: number } {
  const asked = useMemo(() => nodes.filter(({ connected }) => connected).slice(0, HISTORIES), [nodes])
  const answers = useQueries({ queries: asked.map(({ id }) => ({ ...queries.series('nodes', id, 60, 60), refetchInterval: 30_000 })) })
  const known = answers.flatMap(({ data }, index) => (data ? [{ series: data, cpus: asked[index]?.facts?.cpus ?? 1 }] : []))
  return { history: addUp(known), shown: asked.length }
}

/** Six figures with a picture each. */
export function Cards({ overview, nodes, containers }: { overview: Overview; nodes: readonly Node[]; containers: readonly Container[] }) {
  const t = useText()
  const { history, shown } = useHistory(nodes)
  const hour = shown < overview.nodes_connected ? t('lastHourOf', { shown, all: overview.nodes_connected }) : t('lastHour')
  const away = overview.nodes_total - overview.nodes_connected
  return (
    <div className="grid grid-cols-2 gap-3 lg:grid-cols-3 2xl:grid-cols-6">
      <Figure name={t('cpu')} value={percent(share(overview.cpu_used, overview.cpu_total))} of={t('coresOf', { used: cores(overview.cpu_used), n: overview.cpu_total })}>
        <Sparkline values={history.cores} max={overview.cpu_total} label={`${t('cpu')}, ${hour}`} ink="text-chart-1" className="h-10" />
        <p className="text-2xs text-fg-faint">{hour}</p>
      </Figure>
      <Figure
        name={t('memory')}
        value={percent(share(overview.memory_used, overview.memory_total))}
        of={t('of', { part: bytes(overview.memory_used), whole: bytes(overview.memory_total) })}
      >
        <Sparkline values={history.memory} max={overview.memory_total} label={`${t('memory')}, ${hour}`} ink="text-chart-2" className="h-10" />
        <p className="text-2xs text-fg-faint">{hour}</p>
      </Figure>
      <Figure
        name={t('disk')}
        value={percent(share(overview.disk_used, overview.disk_total))}
        of={t('of', { part: bytes(overview.disk_used), whole: bytes(overview.disk_total) })}
      >
        <DiskBars nodes={nodes} />
      </Figure>
      <Figure name={t('nodes')} to="/nodes" value={overview.nodes_connected} of={t('ofConnected', { n: overview.nodes_total })}>
        <Dots nodes={nodes} />
        {away > 0 ? <Status tone="bad">{t('away', { n: away })}</Status> : <Status tone="ok">{t('allConnected')}</Status>}
      </Figure>
      <Figure name={t('containers')} to="/containers" value={overview.containers_running} of={t('ofRunning', { n: overview.containers_total })}>
        <States containers={containers} />
      </Figure>
      <Figure
        name={t('services')}
        to="/services"
        value={overview.services_total}
        of={overview.swarm_cluster_id === null ? t('noSwarm') : t('stacks', { n: overview.stacks_total })}
      >
        <Parts
          label={t('services')}
          parts={[
            { name: t('complete'), amount: overview.services_total - overview.services_short, ink: 'bg-ok-fill' },
            { name: t('short', { n: overview.services_short }), amount: overview.services_short, ink: 'bg-bad-fill' },
          ]}
        />
        {overview.services_short > 0 ? (
          <Status tone="bad">{t('short', { n: overview.services_short })}</Status>
        ) : overview.services_total > 0 ? (
          <Status tone="ok">{t('complete')}</Status>
        ) : (
          <Status tone="note">{t('noServices')}</Status>
        )}
      </Figure>
    </div>
  )
}

function Figure({ name, value, of, to, children }: { name: string; value: ReactNode; of: string; to?: '/nodes' | '/containers' | '/services'; children: ReactNode }) {
  const inner = (
    <>
      <p className="text-sm text-fg-faint">{name}</p>
      <p className="mt-1 flex flex-wrap items-baseline gap-x-2">
        <span className="figures text-2xl font-semibold tracking-tight">{value}</span>
        <span className="figures text-xs text-fg-faint">{of}</span>
      </p>
      <div className="mt-auto grid gap-1.5 pt-3">{children}</div>
    </>
  )
  const look = 'flex min-w-0 flex-col rounded-lg border bg-surface p-3.5 md:p-4'
  return to ? (
    <Link to={to} className={cx(look, 'transition-colors hover:border-line-strong')}>
      {inner}
    </Link>
  ) : (
    <div className={look}>{inner}</div>
  )
}

/** The fullest disks, each its own bar: a sum hides the one that is full. */
function DiskBars({ nodes }: { nodes: readonly Node[] }) {
  const t = useText()
  const fullest = nodes
    .flatMap(({ name, load }) => (load ? [{ name, full: share(load.disk_used, load.disk_total) }] : []))
    .sort((a, b) => b.full - a.full)
    .slice(0, 3)
  return fullest.map(({ name, full }) => (
    <div key={name} className="flex items-center gap-2 text-2xs text-fg-faint">
      {/* Cut at its start: nodes differ in how their names end. */}
      <span className="w-2/5 max-w-32 min-w-16 truncate text-left [direction:rtl]" title={name}>
        <bdi>{name}</bdi>
      </span>
      <Meter percent={full} label={`${t('disk')} ${name}`} className="h-1 flex-1" />
      <span className="figures w-7 text-right">{percent(full)}</span>
    </div>
  ))
}

function Dots({ nodes }: { nodes: readonly Node[] }) {
  return (
    <div aria-hidden className="flex flex-wrap gap-1">
      {nodes.slice(0, 60).map(({ id, name, connected, engine_ok }) => (
        <span key={id} title={name} className={cx('h-3 w-3 rounded-sm', !connected ? 'border border-bad' : engine_ok ? 'bg-ok-fill' : 'bg-warn-fill')} />
      ))}
    </div>
  )
}

function States({ containers }: { containers: readonly Container[] }) {
  const t = useText()
  let [running, unhealthy, stopped, other] = [0, 0, 0, 0]
  for (const { state, health } of containers) {
    if (state === 'running' && health === 'unhealthy') unhealthy += 1
    else if (state === 'running') running += 1
    else if (state === 'exited' || state === 'created') stopped += 1
    else other += 1
  }
  const parts = [
    { name: t('runningN'), amount: running, ink: 'bg-ok-fill' },
    { name: t('unhealthyN'), amount: unhealthy, ink: 'bg-bad-fill' },
    { name: t('otherN'), amount: other, ink: 'bg-warn-fill' },
    { name: t('stopped'), amount: stopped, ink: 'bg-line-strong' },
  ]
  return (
    <>
      <Parts label={t('containers')} parts={parts} />
      <p className="flex flex-wrap gap-x-3 text-2xs text-fg-faint">
        {parts
          .filter(({ amount }) => amount > 0)
          .map(({ name, amount, ink }) => (
            <span key={name} className="figures inline-flex items-center gap-1">
              <span className={cx('size-2 rounded-xs', ink)} aria-hidden />
              {name} {amount}
            </span>
          ))}
      </p>
    </>
  )
}

/** One bar made of parts. */
function Parts({ parts, label }: { parts: readonly { name: string; amount: number; ink: string }[]; label: string }) {
  return (
    <div role="img" aria-label={`${label}: ${parts.map(({ name, amount }) => `${name} ${amount}`).join(', ')}`} className="flex h-2 gap-px overflow-hidden rounded-full bg-sunken">
      {parts.map(({ name, amount, ink }) => amount > 0 && <span key={name} className={ink} style={{ flexGrow: amount }} />)}
    </div>
  )
}
