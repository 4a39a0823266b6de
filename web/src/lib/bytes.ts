const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

/** Bytes for people, in powers of 1,024: three figures at most, `1.5 GiB`. */
export function bytes(value: number): string {
  if (!Number.isFinite(value)) return '–'
  let rest = Math.abs(value)
  let unit = 0
  // 999.5 would be rounded to 1000 and be four figures.
  while (rest >= 999.5 && unit < UNITS.length - 1) {
    rest /= 1024
    unit += 1
  }
  const digits = unit === 0 || rest >= 99.95 ? 0 : rest >= 9.995 ? 1 : 2
  const sign = value < 0 ? '-' : ''
  return `${sign}${trim(rest.toFixed(digits))} ${UNITS[unit] ?? ''}`
}

/** Bytes per second for people: `12 KiB/s`. */
export function rate(value: number): string {
  return Number.isFinite(value) ? `${bytes(value)}/s` : '–'
}

function trim(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}
