/**
 * Series as the chart library wants them: columns of seconds and numbers, history from the store and the live tail
 * behind it. A hole is `null` and stays a hole: a line is never drawn through time that nobody measured.
 */
import type { LiveContainer, LiveFrame, Series } from '@/api/types'

/** What can be drawn. `memory` in bytes, `cpu` in percent, the rest per second; `pids` is a count. */
export const METRICS = ['cpu', 'cpu_max', 'memory', 'memory_max', 'rx', 'tx', 'read', 'write', 'pids'] as const
export type Metric = (typeof METRICS)[number]

export type Column = (number | null)[]
/** `at` in seconds since 1970, rising. All columns are of one length. */
export type Columns = { at: number[] } & Record<Metric, Column>

export const RANGES = ['15m', '1h', '6h', '24h', '7d', '30d'] as const
export type Range = (typeof RANGES)[number]
export const MINUTES: Record<Range, number> = { '15m': 15, '1h': 60, '6h': 360, '24h': 1440, '7d': 10_080, '30d': 43_200 }

/** A live tail is drawn where a second is still a pixel; longer ranges are read again instead. */
export function isLive(range: Range): boolean {
  return range === '15m' || range === '1h'
}

/** How often a range is read again, in milliseconds: about when a new point of it can exist. */
export function refreshEvery(range: Range): number {
  return Math.max(15_000, (MINUTES[range] * 60_000) / 480)
}

export function emptyColumns(): Columns {
  return { at: [], cpu: [], cpu_max: [], memory: [], memory_max: [], rx: [], tx: [], read: [], write: [], pids: [] }
}

/** History as columns. Where two points stand further apart than the step, a hole is put between them. */
export function fromSeries(series: Series): Columns {
  const out = emptyColumns()
  let before: number | null = null
  series.at.forEach((at, i) => {
    if (before !== null && at <= before) return
    if (before !== null && series.step > 0 && at - before > series.step * 1.5) pushHole(out, before + series.step)
    out.at.push(at)
    for (const metric of METRICS) out[metric].push(finite(series[metric][i]))
    before = at
  })
  return out
}

export type LivePoint = { at: number } & Record<Metric, number | null>

/** The live point of one container in a frame; `null` when the frame does not speak of it. */
export function containerPoint(frame: LiveFrame, id: string): LivePoint | null {
  const found: LiveContainer | undefined = frame.containers.find((one) => one.id === id)
  const at = seconds(frame.at)
  if (!found || at === null) return null
  return {
    at,
    cpu: finite(found.cpu),
    cpu_max: finite(found.cpu),
    memory: finite(found.memory),
    memory_max: finite(found.memory),
    rx: finite(found.rx),
    tx: finite(found.tx),
    read: finite(found.read),
    write: finite(found.write),
    pids: finite(found.pids),
  }
}

/** The live point of a node. */
export function nodePoint(frame: LiveFrame): LivePoint | null {
  const at = seconds(frame.at)
  if (at === null) return null
  const { load } = frame
  return {
    at,
    cpu: finite(load.cpu),
    cpu_max: finite(load.cpu),
    memory: finite(load.memory_used),
    memory_max: finite(load.memory_used),
    rx: finite(load.rx),
    tx: finite(load.tx),
    read: null,
    write: null,
    pids: null,
  }
}

/** Live points come every second; more than this between two is a hole. */
const LIVE_HOLE = 5
/** Points kept of a live tail: an hour of seconds. */
const LIVE_POINTS = 3600

/** Appends a live point in place. A point that is not newer than the last is left out; so are clocks that go back. */
export function append(columns: Columns, point: LivePoint): void {
  const last = columns.at.at(-1)
  if (last !== undefined) {
    if (point.at <= last) return
    if (point.at - last > LIVE_HOLE) pushHole(columns, last + 1)
  }
  columns.at.push(point.at)
  for (const metric of METRICS) columns[metric].push(point[metric])
  const over = columns.at.length - LIVE_POINTS
  if (over > 60) {
    columns.at.splice(0, over)
    for (const metric of METRICS) columns[metric].splice(0, over)
  }
}

/**
 * History, then the part of the live tail that is newer, cut to the window that ends at `now`.
 * Between the two there is no hole as long as they stand nearer than two steps of the history.
 */
export function join(history: Columns, step: number, tail: Columns, from: number): Columns {
  const out = emptyColumns()
  const take = (columns: Columns, i: number) => {
    out.at.push(columns.at[i] ?? 0)
    for (const metric of METRICS) out[metric].push(columns[metric][i] ?? null)
  }
  const end = history.at.at(-1) ?? -Infinity
  history.at.forEach((at, i) => {
    if (at >= from) take(history, i)
  })
  let joined = false
  tail.at.forEach((at, i) => {
    if (at <= end || at < from) return
    if (!joined && end >= from && at - end > Math.max(2 * step, LIVE_HOLE)) pushHole(out, end + 1)
    joined = true
    take(tail, i)
  })
  return out
}

function pushHole(columns: Columns, at: number): void {
  columns.at.push(at)
  for (const metric of METRICS) columns[metric].push(null)
}

function finite(value: number | null | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

function seconds(at: string): number | null {
  const ms = Date.parse(at)
  return Number.isFinite(ms) ? ms / 1000 : null
}

/** The last number of a column, for the figure beside a chart's title. */
export function newest(column: Column): number | null {
  for (let i = column.length - 1; i >= 0; i -= 1) {
    const value = column[i]
    if (value !== null && value !== undefined) return value
  }
  return null
}

/** Highest number of a column. */
export function peak(column: Column): number | null {
  let best: number | null = null
  for (const value of column) if (value !== null && (best === null || value > best)) best = value
  return best
}

/** Steps of an axis of bytes: powers of two, so that labels read `256 MiB` and not `238.4 MiB`. */
export const BYTE_STEPS: number[] = Array.from({ length: 50 }, (_, i) => 2 ** i)
