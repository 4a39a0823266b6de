import type { ReactNode } from 'react'
import { CloudOff, RotateCw, TriangleAlert, type LucideIcon } from 'lucide-react'
import { cx } from '@/lib/cx'
import { Button } from './Button'
import { Notice } from './Status'
import { useText } from './text'

/** What an error may tell besides its message; the API's errors do. */
interface Told {
  message: string
  hint?: string
  status?: number
  offline?: boolean
}

/** What kind of failure it is, by its HTTP status: the reader's language knows no "Service Unavailable". */
function headingOf(status: number | undefined) {
  if (status === undefined) return 'somethingWrong'
  if (status === 403) return 'notAllowed'
  if (status === 404) return 'notThere'
  if (status === 409) return 'changedMeanwhile'
  if (status === 429) return 'tooOften'
  if (status === 400 || status === 422) return 'notUnderstood'
  return status >= 502 && status <= 504 ? 'notNow' : 'somethingWrong'
}

function told(error: unknown): Told {
  return error instanceof Error ? error : { message: String(error) }
}

/** Nothing here: says why, and what one can do about it. */
export function EmptyState({ icon: Icon, title, children, action, compact = false }: { icon: LucideIcon; title: ReactNode; children?: ReactNode; action?: ReactNode; compact?: boolean }) {
  return (
    <div className={cx('flex flex-col items-center px-6 text-center', compact ? 'py-8' : 'py-14')}>
      <span className="mb-3 flex size-10 items-center justify-center rounded-lg border bg-surface text-fg-faint">
        <Icon className="size-5" aria-hidden />
      </span>
      <p className="font-medium">{title}</p>
      {children !== undefined && <div className="mt-1 max-w-md text-sm text-fg-faint">{children}</div>}
      {action !== undefined && <div className="mt-4 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  )
}

/** It could not be shown: the error's own words, its hint, and a button to try again. */
export function ErrorState({ error, onRetry, compact = false }: { error: unknown; onRetry?: (() => void) | undefined; compact?: boolean }) {
  const t = useText()
  const { message, hint, status, offline } = told(error)
  const Icon = offline ? CloudOff : TriangleAlert
  return (
    <div role="alert" className={cx('flex flex-col items-center px-6 text-center', compact ? 'py-8' : 'py-14')}>
      <span className="mb-3 flex size-10 items-center justify-center rounded-lg bg-bad-soft text-bad">
        <Icon className="size-5" aria-hidden />
      </span>
      <p className="font-medium">{offline ? t('unreachable') : t(headingOf(status))}</p>
      <p className="mt-1 max-w-md text-sm text-fg-soft [overflow-wrap:anywhere]">{offline ? t('unreachableHint') : message}</p>
      {hint !== undefined && hint !== '' && <p className="mt-1 max-w-md text-sm text-fg-faint [overflow-wrap:anywhere]">{hint}</p>}
      {onRetry && (
        <Button className="mt-4" icon={RotateCw} onClick={onRetry}>
          {t('retry')}
        </Button>
      )}
    </div>
  )
}

/** The same in one strip, for dialogs and forms. */
export function ErrorNotice({ error }: { error: unknown }) {
  const t = useText()
  const { message, hint, offline } = told(error)
  return (
    <Notice tone="bad" title={offline ? t('unreachable') : message}>
      {offline ? t('unreachableHint') : hint !== undefined && hint !== '' ? hint : undefined}
    </Notice>
  )
}

export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden className={cx('block animate-shimmer rounded bg-sunken', className)} />
}

/** Rows that stand for a list that is being loaded. */
export function SkeletonRows({ rows = 6 }: { rows?: number }) {
  const t = useText()
  return (
    <div role="status" aria-label={t('loading')} className="divide-y">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="flex items-center gap-4 px-4 py-3">
          <Skeleton className="size-3.5 rounded-full" />
          <Skeleton className="h-3.5 w-1/4" />
          <Skeleton className="hidden h-3.5 w-1/3 md:block" />
          <Skeleton className="ml-auto h-3.5 w-16" />
        </div>
      ))}
    </div>
  )
}
