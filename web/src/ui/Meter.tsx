import type { ReactNode } from 'react'
import { clamp } from '@/lib/numbers'
import { cx } from '@/lib/cx'

/** From these percents on a meter warns and alarms. */
const WARN_AT = 80
const BAD_AT = 92

function ink(percent: number): string {
  return percent >= BAD_AT ? 'bg-bad-fill' : percent >= WARN_AT ? 'bg-warn-fill' : 'bg-accent'
}

/** How full something is; `percent` from 0 to 100, null while unknown. */
export function Meter({ percent, label, className }: { percent: number | null; label: string; className?: string }) {
  const full = percent === null ? 0 : clamp(percent, 0, 100)
  return (
    <span
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(full)}
      {...(percent === null ? { 'aria-valuetext': '–' } : {})}
      className={cx('block h-1.5 overflow-hidden rounded-full bg-sunken', className)}
    >
      <span className={cx('block h-full rounded-full transition-[width] duration-500', ink(full))} style={{ width: `${full}%` }} />
    </span>
  )
}

/** A meter with its words: what, how full, and out of how much. */
export function LabelledMeter({ label, percent, value, of }: { label: string; percent: number | null; value: ReactNode; of?: ReactNode }) {
  return (
    <div className="grid gap-1.5">
      <div className="flex flex-wrap items-baseline gap-x-2 text-sm whitespace-nowrap">
        <span className="text-fg-faint">{label}</span>
        <span className="figures ml-auto font-medium">{value}</span>
        {of !== undefined && <span className="figures text-xs text-fg-faint">{of}</span>}
      </div>
      <Meter percent={percent} label={label} />
    </div>
  )
}
