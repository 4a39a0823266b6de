const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** How long ago, in the language's own words: `3 min. ago`, `3分钟前`. A moment in the future reads `in 3 min.`. */
export function ago(at: string | number | Date, now: number, language: string): string {
  const seconds = Math.round((new Date(at).getTime() - now) / 1000)
  if (!Number.isFinite(seconds)) return '–'
  const size = Math.abs(seconds)
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' })
  if (size < MINUTE) return format.format(size < 5 ? 0 : seconds, 'second')
  if (size < HOUR) return format.format(Math.trunc(seconds / MINUTE), 'minute')
  if (size < DAY) return format.format(Math.trunc(seconds / HOUR), 'hour')
  if (size < 60 * DAY) return format.format(Math.trunc(seconds / DAY), 'day')
  if (size < 730 * DAY) return format.format(Math.trunc(seconds / (30 * DAY)), 'month')
  return format.format(Math.trunc(seconds / (365 * DAY)), 'year')
}

const UNITS = { en: ['d', 'h', 'm', 's'], zh: ['天', '小时', '分', '秒'] } as const

/** A length of time with its two largest units: `2d 4h`, `3m 12s`, `3分12秒`. */
export function duration(seconds: number, language = 'en'): string {
  if (!Number.isFinite(seconds)) return '–'
  const all = Math.max(0, Math.floor(seconds))
  const chinese = language.startsWith('zh')
  const units = UNITS[chinese ? 'zh' : 'en']
  const parts: [number, string][] = [
    [Math.floor(all / DAY), units[0]],
    [Math.floor((all % DAY) / HOUR), units[1]],
    [Math.floor((all % HOUR) / MINUTE), units[2]],
    [all % MINUTE, units[3]],
  ]
  const first = parts.findIndex(([amount]) => amount > 0)
  if (first < 0) return `0${units[3]}`
  return parts
    .slice(first, first + 2)
    .filter(([amount], index) => index === 0 || amount > 0)
    .map(([amount, unit]) => `${amount}${unit}`)
    .join(chinese ? '' : ' ')
}

/** Date and time in the reader's zone, to the second. */
export function moment(at: string | number | Date, language: string): string {
  const date = new Date(at)
  if (Number.isNaN(date.getTime())) return '–'
  return new Intl.DateTimeFormat(language, {
    year: 'numeric',
    month: 'short',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).format(date)
}
