import type { ComponentProps, ReactNode } from 'react'
import { LoaderCircle, type LucideIcon } from 'lucide-react'
import { cx } from '@/lib/cx'

type Look = 'primary' | 'plain' | 'quiet' | 'danger'

const LOOKS: Record<Look, string> = {
  primary: 'bg-accent text-on-accent border-transparent hover:bg-accent-strong',
  plain: 'bg-surface text-fg border-line-strong hover:bg-hover',
  quiet: 'bg-transparent text-fg-soft border-transparent hover:bg-hover hover:text-fg',
  danger: 'bg-surface text-bad border-line-strong hover:bg-bad-soft hover:border-bad',
}

export interface ButtonProps extends ComponentProps<'button'> {
  look?: Look
  size?: 'small' | 'normal'
  icon?: LucideIcon
  busy?: boolean
  children?: ReactNode
}

export function buttonClass(look: Look = 'plain', size: 'small' | 'normal' = 'normal', extra?: string): string {
  return cx(
    'inline-flex shrink-0 select-none items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap transition-colors',
    'disabled:pointer-events-none disabled:opacity-50',
    size === 'small' ? 'h-7 px-2 text-sm' : 'h-8 px-3 text-sm',
    LOOKS[look],
    extra,
  )
}

export function Button({ look = 'plain', size = 'normal', icon: Icon, busy = false, className, children, disabled, type = 'button', ...rest }: ButtonProps) {
  return (
    <button type={type} className={buttonClass(look, size, className)} disabled={disabled === true || busy} aria-busy={busy || undefined} {...rest}>
      {busy ? <LoaderCircle className="size-4 animate-spin" aria-hidden /> : Icon ? <Icon className="size-4" aria-hidden /> : null}
      {children}
    </button>
  )
}

export interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children'> {
  icon: LucideIcon
  label: string
  size?: 'small' | 'normal'
}

/** A button that shows only an icon; `label` is what it is called. */
export function IconButton({ icon: Icon, label, size = 'normal', className, type = 'button', ...rest }: IconButtonProps) {
  return (
    <button
      type={type}
      aria-label={label}
      title={label}
      className={cx(
        'inline-flex shrink-0 items-center justify-center rounded-md text-fg-faint transition-colors hover:bg-hover hover:text-fg disabled:pointer-events-none disabled:opacity-50',
        size === 'small' ? 'size-7' : 'size-8',
        className,
      )}
      {...rest}
    >
      <Icon className="size-4" aria-hidden />
    </button>
  )
}
