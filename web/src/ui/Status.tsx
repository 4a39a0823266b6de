import type { ReactNode } from 'react'
import { CircleCheck, CircleDashed, CircleX, Info, TriangleAlert, type LucideIcon } from 'lucide-react'
import { cx } from '@/lib/cx'

/** What something means for its reader. Always shown with an icon and words, never by colour alone. */
export type Tone = 'ok' | 'warn' | 'bad' | 'note' | 'info'

/** How lists sort by state: what is in trouble comes first. */
export const TROUBLE_FIRST: Record<Tone, number> = { bad: 0, warn: 1, info: 2, ok: 3, note: 4 }

const SOFT: Record<Tone, string> = {
  ok: 'bg-ok-soft text-ok',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
  note: 'bg-note-soft text-note',
  info: 'bg-accent-soft text-accent',
}
const INK: Record<Tone, string> = { ok: 'text-ok', warn: 'text-warn', bad: 'text-bad', note: 'text-note', info: 'text-accent' }
const ICONS: Record<Tone, LucideIcon> = { ok: CircleCheck, warn: TriangleAlert, bad: CircleX, note: CircleDashed, info: Info }

export function Badge({ tone = 'note', icon, children, title, className }: { tone?: Tone; icon?: LucideIcon; children: ReactNode; title?: string | undefined; className?: string }) {
  const Icon = icon
  return (
    <span title={title} className={cx('inline-flex h-5 shrink-0 items-center gap-1 rounded px-1.5 text-xs font-medium whitespace-nowrap', SOFT[tone], className)}>
      {Icon && <Icon className="size-3" aria-hidden />}
      {children}
    </span>
  )
}

/** A state: icon and words in the colour of its tone. */
export function Status({ tone, icon, children, title, className }: { tone: Tone; icon?: LucideIcon; children: ReactNode; title?: string | undefined; className?: string }) {
  const Icon = icon ?? ICONS[tone]
  return (
    <span title={title} className={cx('inline-flex items-center gap-1.5 align-middle text-sm whitespace-nowrap', className)}>
      <Icon className={cx('size-3.5 shrink-0', INK[tone])} aria-hidden />
      <span className={tone === 'note' ? 'text-fg-faint' : 'text-fg'}>{children}</span>
    </span>
  )
}

/** A strip that says something about the whole page or card. */
export function Notice({ tone, title, children, action, className }: { tone: Tone; title?: ReactNode; children?: ReactNode; action?: ReactNode; className?: string }) {
  const Icon = ICONS[tone]
  return (
    <div role={tone === 'bad' ? 'alert' : 'status'} className={cx('flex items-start gap-2.5 rounded-lg px-3 py-2.5 text-sm', action !== undefined && 'max-sm:flex-wrap max-sm:justify-end', SOFT[tone], className)}>
      <Icon className="mt-0.5 size-4 shrink-0" aria-hidden />
      <div className={cx('min-w-0 flex-1 text-fg', action !== undefined && 'max-sm:basis-48')}>
        {title !== undefined && <p className="font-medium">{title}</p>}
        {children !== undefined && <div className="text-fg-soft [overflow-wrap:anywhere]">{children}</div>}
      </div>
      {action}
    </div>
  )
}
