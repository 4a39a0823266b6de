import { useId, useState, type ComponentProps, type ReactNode } from 'react'
import { ChevronDown, Eye, EyeOff, Search, X } from 'lucide-react'
import { cx } from '@/lib/cx'
import { IconButton } from './Button'
import { useText } from './text'

const BOX =
  'h-8 w-full min-w-0 rounded-md border border-line-strong bg-surface px-2.5 text-sm text-fg placeholder:text-fg-faint aria-invalid:border-bad disabled:opacity-60'

export function Input({ className, ...rest }: ComponentProps<'input'>) {
  return <input className={cx(BOX, className)} {...rest} />
}

export function Password({ className, ...rest }: Omit<ComponentProps<'input'>, 'type'>) {
  const t = useText()
  const [shown, show] = useState(false)
  return (
    <span className="relative block">
      <input type={shown ? 'text' : 'password'} className={cx(BOX, 'pr-9', className)} spellCheck={false} autoCapitalize="off" {...rest} />
      <IconButton
        size="small"
        className="absolute top-1/2 right-1 -translate-y-1/2"
        icon={shown ? EyeOff : Eye}
        label={t(shown ? 'hidePassword' : 'showPassword')}
        aria-pressed={shown}
        onClick={() => show(!shown)}
      />
    </span>
  )
}

export function Select({ className, children, ...rest }: ComponentProps<'select'>) {
  return (
    <span className={cx('relative inline-block min-w-0', className)}>
      <select className={cx(BOX, 'appearance-none pr-8')} {...rest}>
        {children}
      </select>
      <ChevronDown className="pointer-events-none absolute top-2 right-2 size-4 text-fg-faint" aria-hidden />
    </span>
  )
}

/** A label, one control, and below it a hint or what is wrong. The control gets its id and descriptions from here. */
export function Field({ label, hint, error, children }: {
  label: ReactNode
  hint?: ReactNode
  error?: string | null | undefined
  children: (wiring: { id: string; 'aria-describedby': string | undefined; 'aria-invalid': true | undefined }) => ReactNode
}) {
  const id = useId()
  const below = error !== undefined || hint !== undefined ? `${id}-below` : undefined
  return (
    <div className="grid content-start gap-1.5">
      <label htmlFor={id} className="text-sm font-medium text-fg-soft">
        {label}
      </label>
      {children({ id, 'aria-describedby': below, 'aria-invalid': error !== undefined ? true : undefined })}
      {below !== undefined && (
        <p id={below} className={cx('text-xs', error !== undefined ? 'text-bad' : 'text-fg-faint')}>
          {error ?? hint}
        </p>
      )}
    </div>
  )
}

/** The field that narrows a list; `/` on the keyboard goes to it (see shell), Escape clears it. */
export function FilterInput({ value, onChange, placeholder, className }: { value: string; onChange: (next: string) => void; placeholder?: string; className?: string }) {
  const t = useText()
  return (
    <span className={cx('relative block min-w-0', className)}>
      <Search className="pointer-events-none absolute top-2 left-2.5 size-4 text-fg-faint" aria-hidden />
      <input
        type="search"
        data-filter
        value={value}
        placeholder={placeholder ?? t('filter')}
        aria-label={placeholder ?? t('filter')}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          onChange('')
          event.currentTarget.blur()
        }}
        className={cx(BOX, 'pr-8 pl-8 [&::-webkit-search-cancel-button]:hidden')}
      />
      {value !== '' && <IconButton size="small" className="absolute top-0.5 right-0.5" icon={X} label={t('clearFilter')} onClick={() => onChange('')} />}
    </span>
  )
}

/** A few choices of which one holds. */
export function Segments<T extends string>({ value, options, onChange, label }: {
  value: T
  options: readonly { value: T; label: ReactNode }[]
  onChange: (next: T) => void
  label: string
}) {
  return (
    <div role="radiogroup" aria-label={label} className="inline-flex h-8 shrink-0 items-center rounded-md border border-line bg-sunken p-0.5">
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          role="radio"
          aria-checked={option.value === value}
          onClick={() => onChange(option.value)}
          className={cx(
            'inline-flex h-full items-center gap-1.5 rounded px-2.5 text-sm whitespace-nowrap transition-colors',
            option.value === value ? 'bg-raised font-medium text-fg shadow-xs' : 'text-fg-faint hover:text-fg',
          )}
        >
          {option.label}
        </button>
      ))}
    </div>
  )
}
