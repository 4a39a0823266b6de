import { cx } from '@/lib/cx'

/**
 * The path through `values` in a box of `width` × `height`, with holes where a value is null.
 * `top` is the value at the upper edge.
 */
export function sparkPath(values: readonly (number | null)[], width: number, height: number, top: number): string {
  const step = values.length > 1 ? width / (values.length - 1) : 0
  let path = ''
  let pen = false
  values.forEach((value, index) => {
    if (value === null) {
      pen = false
      return
    }
    const y = height - (top > 0 ? Math.min(1, value / top) : 0) * height
    path += `${pen ? 'L' : 'M'}${(index * step).toFixed(1)} ${y.toFixed(1)}`
    pen = true
  })
  return path
}

/** A small line without axes. `max` fixes the upper edge, otherwise the greatest value is it. */
export function Sparkline({ values, max, label, ink = 'text-chart-1', className }: { values: readonly (number | null)[]; max?: number; label: string; ink?: string; className?: string }) {
  const known = values.filter((value) => value !== null)
  const top = max ?? Math.max(1e-9, ...known)
  const line = sparkPath(values, 100, 30, top)
  return (
    <svg role="img" aria-label={label} viewBox="0 -1 100 32" preserveAspectRatio="none" className={cx('block h-8 w-full overflow-visible', ink, className)}>
      {known.length > 1 && values[0] !== null && values.at(-1) !== null && !values.includes(null) && (
        <path d={`${line}L100 30L0 30Z`} fill="currentColor" opacity={0.12} />
      )}
      <path d={line} fill="none" stroke="currentColor" strokeWidth={1.5} vectorEffect="non-scaling-stroke" strokeLinejoin="round" />
    </svg>
  )
}
