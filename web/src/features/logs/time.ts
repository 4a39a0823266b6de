/** The moment of a log line, in the way the reader chose. */
export type TimeStyle = 'off' | 'local' | 'utc' | 'relative'
export const TIME_STYLES: readonly TimeStyle[] = ['local', 'utc', 'relative', 'off']

const RFC3339 = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|[+-]\d\d:\d\d)$/

/** Milliseconds since 1970; null for what is no time. */
export function millis(at: string): number | null {
  const ms = Date.parse(at)
  return Number.isFinite(ms) ? ms : null
}

/**
 * `18:00:00.123`, with the day before it unless it is today. Relative times count from `now` and read `-1m 03s`.
 * Always the same number of characters for one style and day, so that lines stand in columns.
 */
export function timeText(at: string, style: TimeStyle, now: number): string {
  const ms = millis(at)
  if (ms === null) return at
  if (style === 'relative') return relative((ms - now) / 1000)
  const date = new Date(ms)
  const day = style === 'utc' ? date.toISOString().slice(0, 10) : localDay(date)
  const today = style === 'utc' ? new Date(now).toISOString().slice(0, 10) : localDay(new Date(now))
  const time =
    style === 'utc'
      ? date.toISOString().slice(11, 23)
      : `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`
  const shown = day === today ? time : `${day.slice(5)} ${time.slice(0, 8)}`
  return style === 'utc' ? `${shown}Z` : shown
}

/** The whole moment, to the nanosecond, for a tooltip and for copying. */
export function fullTime(at: string): string {
  const match = RFC3339.exec(at)
  return match ? `${match[1] ?? ''} ${match[2] ?? ''}.${(match[3] ?? '').padEnd(9, '0')} UTC` : at
}

function localDay(date: Date): string {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

function relative(seconds: number): string {
  const sign = seconds > 0 ? '+' : '-'
  const all = Math.abs(seconds)
  if (all < 60) return `${sign}${all.toFixed(1)}s`
  const whole = Math.floor(all)
  if (all < 3600) return `${sign}${Math.floor(whole / 60)}m ${two(whole % 60)}s`
  if (all < 86_400) return `${sign}${Math.floor(whole / 3600)}h ${two(Math.floor((whole % 3600) / 60))}m`
  return `${sign}${Math.floor(whole / 86_400)}d ${two(Math.floor((whole % 86_400) / 3600))}h`
}

function two(n: number): string {
  return String(n).padStart(2, '0')
}
