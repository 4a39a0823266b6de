import type { ReactNode } from 'react'
import { DropdownMenu } from 'radix-ui'
import { Check, type LucideIcon } from 'lucide-react'
import { cx } from '@/lib/cx'

const ITEM =
  'flex h-8 cursor-default items-center gap-2 rounded-md px-2 text-sm text-fg outline-none select-none data-[disabled]:opacity-50 data-[highlighted]:bg-hover'

/** A button's menu. `trigger` must be one element that takes a ref and props, such as Button or IconButton. */
export function Menu({ trigger, children, align = 'end', side = 'bottom' }: { trigger: ReactNode; children: ReactNode; align?: 'start' | 'end'; side?: 'top' | 'bottom' }) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content align={align} side={side} sideOffset={6} collisionPadding={8} className="z-50 min-w-44 animate-rise rounded-lg border bg-raised p-1 shadow-float">
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

export function MenuItem({ icon: Icon, children, onSelect, danger = false, disabled = false, keys }: {
  icon?: LucideIcon
  children: ReactNode
  onSelect: () => void
  danger?: boolean
  disabled?: boolean
  keys?: ReactNode
}) {
  return (
    <DropdownMenu.Item disabled={disabled} onSelect={onSelect} className={cx(ITEM, danger && 'text-bad data-[highlighted]:bg-bad-soft')}>
      {Icon && <Icon className={cx('size-4', danger ? 'text-bad' : 'text-fg-faint')} aria-hidden />}
      <span className="flex-1 truncate">{children}</span>
      {keys}
    </DropdownMenu.Item>
  )
}

export function MenuChoice<T extends string>({ label, value, options, onChange }: {
  label: string
  value: T
  options: readonly { value: T; label: string; icon?: LucideIcon }[]
  onChange: (next: T) => void
}) {
  return (
    <>
      <MenuLabel>{label}</MenuLabel>
      <DropdownMenu.RadioGroup value={value} onValueChange={(next) => onChange(next as T)}>
        {options.map(({ value: option, label: text, icon: Icon }) => (
          <DropdownMenu.RadioItem key={option} value={option} className={ITEM} onSelect={(event) => event.preventDefault()}>
            {Icon && <Icon className="size-4 text-fg-faint" aria-hidden />}
            <span className="flex-1">{text}</span>
            <DropdownMenu.ItemIndicator>
              <Check className="size-4 text-accent" aria-hidden />
            </DropdownMenu.ItemIndicator>
          </DropdownMenu.RadioItem>
        ))}
      </DropdownMenu.RadioGroup>
    </>
  )
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <DropdownMenu.Label className="px-2 pt-1.5 pb-1 text-xs text-fg-faint">{children}</DropdownMenu.Label>
}

export function MenuLine() {
  return <DropdownMenu.Separator className="mx-1 my-1 h-px bg-line" />
}
