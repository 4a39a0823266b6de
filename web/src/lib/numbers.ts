/** Percent for people: one decimal below 10, none above. */
export function percent(value: number): string {
  if (!Number.isFinite(value)) return '–'
  return `${Math.abs(value) < 9.95 ? trimZero(value.toFixed(1)) : value.toFixed(0)}%`
}

/** Part of a whole in percent; 0 when the whole is 0. */
export function share(part: number, whole: number): number {
  return whole > 0 ? (part / whole) * 100 : 0
}

/** Whole numbers with the language's separators. */
export function count(value: number, language = 'en'): string {
  return new Intl.NumberFormat(language).format(value)
}

/** Cores for people: `3.2`. */
export function cores(value: number): string {
  if (!Number.isFinite(value)) return '–'
  return value >= 99.5 ? value.toFixed(0) : trimZero(value.toFixed(value < 10 ? 2 : 1))
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value))
}

function trimZero(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}
