import type { ReactNode } from 'react'
import { cx } from '@/lib/cx'

/** The frame of every page: what it is, what can be done, then its content. */
export function Page({ children, wide = false }: { children: ReactNode; wide?: boolean }) {
  return <div className={cx('mx-auto grid w-full min-w-0 grid-cols-[minmax(0,1fr)] gap-4 px-4 py-4 md:px-6 md:py-5', wide ? 'max-w-[1800px]' : 'max-w-[1440px]')}>{children}</div>
}

export function PageHeader({ title, above, badges, below, actions }: { title: ReactNode; above?: ReactNode; badges?: ReactNode; below?: ReactNode; actions?: ReactNode }) {
  return (
    <header className="flex flex-wrap items-start gap-x-4 gap-y-1">
      <div className="min-w-0 flex-1 basis-44">
        {above !== undefined && <div className="mb-0.5 text-sm text-fg-faint">{above}</div>}
        <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
          <h1 className="text-xl font-semibold tracking-tight [overflow-wrap:anywhere]">{title}</h1>
          {badges}
        </div>
      </div>
      {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      {below !== undefined && <div className="min-w-0 basis-full text-sm text-fg-faint [overflow-wrap:anywhere]">{below}</div>}
    </header>
  )
}

export function Card({ title, aside, children, className, flush = false }: { title?: ReactNode; aside?: ReactNode; children: ReactNode; className?: string; flush?: boolean }) {
  return (
    <section className={cx('min-w-0 rounded-lg border bg-surface', className)}>
      {title !== undefined && (
        <header className="flex min-h-10 flex-wrap items-center gap-x-2 gap-y-1 border-b px-4 py-1.5">
          <h2 className="flex-1 basis-auto text-sm font-semibold">{title}</h2>
          {aside}
        </header>
      )}
      <div className={flush ? '' : 'p-4'}>{children}</div>
    </section>
  )
}

/** Names and values; a value that is undefined or empty shows as a dash. */
export function Facts({ facts, className }: { facts: readonly (readonly [name: string, value: ReactNode])[]; className?: string }) {
  return (
    <dl className={cx('grid grid-cols-[minmax(7rem,auto)_minmax(0,1fr)] gap-x-4 gap-y-2 text-sm', className)}>
      {facts.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-fg-faint">{name}</dt>
          <dd className="min-w-0 [overflow-wrap:anywhere]">{value === undefined || value === null || value === '' || value === false ? <span className="text-fg-faint">–</span> : value}</dd>
        </div>
      ))}
    </dl>
  )
}
