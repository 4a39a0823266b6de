import { useMemo, useState, type ReactNode } from 'react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { ChartLine as ChartIcon, CircleDot, Unplug } from 'lucide-react'
import { queries } from '@/api/queries'
import { bytes, rate } from '@/lib/bytes'
import { cx } from '@/lib/cx'
import { percent } from '@/lib/numbers'
import { languageTag, useLanguage } from '@/lib/preferences'
import { duration } from '@/lib/time'
import { Card, EmptyState, ErrorState, Segments, Skeleton } from '@/ui'
import { Chart, type ChartLine } from './Chart'
import { emptyColumns, fromSeries, isLive, join, MINUTES, newest, peak, RANGES, refreshEvery, type Column, type Range } from './model'
import { useText } from './text'
import { useLive, type Subject } from './useLive'

interface Props {
  of: 'containers' | 'nodes'
  /** The whole id. */
  id: string
  /** Bytes; 0 is none. */
  memoryLimit: number
  /** False when nothing new can come: an ended container, a node that is away. */
  alive: boolean
}

const MIB = 1024 * 1024

/** Everything that is measured of a container or a node, over the range that the reader picks, the newest live. */
export function Charts({ of, id, memoryLimit, alive }: Props) {
  const t = useText()
  const tag = languageTag(useLanguage())
  const [range, setRange] = useState<Range>('1h')
  const subject: Subject = of === 'containers' ? { container: id } : { node: id }
  const live = useLive(subject, alive && isLive(range))
  const history = useQuery({
    ...queries.series(of, id, MINUTES[range], 480),
    refetchInterval: alive ? refreshEvery(range) : false,
    placeholderData: keepPreviousData,
  })

  const past = useMemo(() => (history.data ? fromSeries(history.data) : emptyColumns()), [history.data])
  const lastLive = live.tail.at.at(-1) ?? 0
  const updated = history.dataUpdatedAt / 1000
  const to = isLive(range) && alive ? Math.max(lastLive, updated) : updated
  const from = to - MINUTES[range] * 60
  const columns = isLive(range) ? join(past, history.data?.step ?? 10, live.tail, from) : past

  if (history.isError) {
    return (
      <Card>
        <ErrorState error={history.error} onRetry={() => void history.refetch()} />
      </Card>
    )
  }
  const frame = { at: columns.at, from, to, sync: `${of}-${id}` }
  const loading = history.isPending
  const empty = !loading && columns.at.length === 0
  // Where a point is longer than a sample, its mean hides peaks.
  const means = !isLive(range)
  const cpu: ChartLine[] = [
    ...(means ? [{ label: t('highest'), ink: '--chart-1', values: columns.cpu_max, faint: true }] : []),
    { label: means ? t('mean') : t('cpu'), ink: '--chart-1', values: columns.cpu, fill: true },
  ]
  const memory: ChartLine[] = [
    ...(means ? [{ label: t('highest'), ink: '--chart-2', values: columns.memory_max, faint: true }] : []),
    { label: means ? t('mean') : t('used'), ink: '--chart-2', values: columns.memory, fill: true },
  ]
  return (
    <div className="grid gap-4">
      <div className="flex flex-wrap items-center gap-3">
        <div className="max-w-full overflow-x-auto [scrollbar-width:none]">
          <Segments value={range} onChange={setRange} label={t('range')} options={RANGES.map((value) => ({ value, label: t(`r${value}`) }))} />
        </div>
        <LiveMark live={alive && isLive(range)} state={live.state.kind} />
        {history.data && history.data.step > 0 && <span className="ml-auto text-xs text-fg-faint max-sm:hidden">{t('step', { step: duration(history.data.step, tag) })}</span>}
      </div>
      {empty ? (
        <Card>
          <EmptyState icon={ChartIcon} title={t('noData')}>
            {t('noDataHint')}
          </EmptyState>
        </Card>
      ) : (
        <div className={cx('grid gap-4', of === 'nodes' ? 'xl:grid-cols-3' : 'xl:grid-cols-2 xl:[&>:last-child:nth-child(odd)]:col-span-2', history.isPlaceholderData && 'opacity-60 transition-opacity')}>
          <Panel title={t(of === 'nodes' ? 'cpuNode' : 'cpu')} lines={cpu} format={percent} loading={loading}>
            <Chart {...frame} lines={cpu} format={percent} floor={of === 'nodes' ? 10 : 2} label={summary(t('cpu'), columns.cpu, percent)} />
          </Panel>
          <Panel title={t('memory')} lines={memory} format={bytes} loading={loading} aside={memoryLimit > 0 ? t('limit', { value: bytes(memoryLimit) }) : undefined}>
            <Chart
              {...frame}
              lines={memory}
              format={bytes}
              binary
              floor={MIB}
              limit={memoryLimit > 0 ? { value: memoryLimit, label: t('limit', { value: bytes(memoryLimit) }) } : null}
              label={summary(t('memory'), columns.memory, bytes)}
            />
          </Panel>
          {pair(t('network'), [t('received'), columns.rx], [t('sent'), columns.tx], ['--chart-3', '--chart-4'])}
          {of === 'containers' && pair(t('disk'), [t('read'), columns.read], [t('written'), columns.write], ['--chart-6', '--chart-5'])}
          {of === 'containers' && (
            <Panel title={t('pids')} lines={[{ label: t('count'), ink: '--chart-3', values: columns.pids }]} format={whole} loading={loading}>
              <Chart {...frame} lines={[{ label: t('count'), ink: '--chart-3', values: columns.pids, fill: true }]} format={whole} whole floor={4} label={summary(t('pids'), columns.pids, whole)} />
            </Panel>
          )}
        </div>
      )}
    </div>
  )

  function summary(title: string, column: Column, format: (value: number) => string): string {
    const now = newest(column)
    const most = peak(column)
    return t('summary', { title, now: now === null ? '–' : format(now), peak: most === null ? '–' : format(most) })
  }

  /** Two directions of one thing in one chart. */
  function pair(title: string, first: [string, Column], second: [string, Column], inks: [string, string]) {
    const lines: ChartLine[] = [
      { label: first[0], ink: inks[0], values: first[1], fill: true },
      { label: second[0], ink: inks[1], values: second[1] },
    ]
    return (
      <Panel title={title} lines={lines} format={rate} loading={loading}>
        <Chart {...frame} lines={lines} format={rate} binary floor={1024} label={`${summary(first[0], first[1], rate)}; ${summary(second[0], second[1], rate)}`} />
      </Panel>
    )
  }
}

function whole(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1)
}

/** A chart with its title and the newest figure of each line. */
function Panel({ title, lines, format, aside, loading, children }: { title: string; lines: readonly ChartLine[]; format: (value: number) => string; aside?: string | undefined; loading: boolean; children: ReactNode }) {
  return (
    <Card
      flush
      title={title}
      aside={
        <span className="flex flex-wrap justify-end gap-x-3 text-xs text-fg-faint">
          {aside !== undefined && <span>{aside}</span>}
          {lines
            .filter((line) => line.faint !== true)
            .map((line) => {
              const now = newest(line.values)
              return (
                <span key={line.label} className="inline-flex items-center gap-1.5 whitespace-nowrap">
                  <span className="h-0.5 w-2.5 rounded" style={{ background: `var(${line.ink})` }} />
                  {lines.length > 1 && line.label}
                  <span className="figures font-medium text-fg">{now === null ? '–' : format(now)}</span>
                </span>
              )
            })}
        </span>
      }
    >
      <div className="px-2 pt-2 pb-1">{loading ? <Skeleton className="m-2 h-[134px]" /> : children}</div>
    </Card>
  )
}

function LiveMark({ live, state }: { live: boolean; state: 'connecting' | 'open' | 'waiting' | 'refused' }) {
  const t = useText()
  if (!live) return <span className="text-xs text-fg-faint">{t('history')}</span>
  const broken = state === 'waiting' || state === 'refused'
  const Icon = broken ? Unplug : CircleDot
  return (
    <span role="status" className="inline-flex items-center gap-1.5 text-xs">
      <Icon className={cx('size-3.5', broken ? 'text-warn' : state === 'open' ? 'text-ok' : 'text-fg-faint')} aria-hidden />
      {t(state === 'refused' ? 'liveRefused' : state === 'waiting' ? 'liveLost' : 'live')}
    </span>
  )
}
