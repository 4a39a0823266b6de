import { useEffect, useRef, type ReactNode } from 'react'
import { Tabs as Radix } from 'radix-ui'
import type { LucideIcon } from 'lucide-react'

export interface TabSpec<T extends string> {
  value: T
  label: ReactNode
  icon?: LucideIcon
  count?: number | undefined
  content: ReactNode
}

/** Tabs whose choice the page keeps, normally in the URL, so that a tab can be linked to. Only the open one is rendered. */
export function Tabs<T extends string>({ value, onChange, tabs, label }: { value: T; onChange: (next: T) => void; tabs: readonly TabSpec<T>[]; label: string }) {
  const list = useRef<HTMLDivElement>(null)
  // On a phone the tabs are wider than the window.
  useEffect(() => {
    const box = list.current
    const open = box?.querySelector<HTMLElement>('[data-state=active]')
    if (box && open) box.scrollLeft = open.offsetLeft - (box.clientWidth - open.offsetWidth) / 2
  }, [value])
  return (
    <Radix.Root value={value} onValueChange={(next) => onChange(next as T)}>
      <Radix.List ref={list} aria-label={label} className="relative -mx-4 flex gap-1 overflow-x-auto border-b px-4 [scrollbar-width:none] max-md:[mask-image:linear-gradient(to_right,transparent,black_1.25rem,black_calc(100%-1.25rem),transparent)] md:mx-0 md:px-0">
        {tabs.map(({ value: tab, label: text, icon: Icon, count }) => (
          <Radix.Trigger
            key={tab}
            value={tab}
            className="-mb-px inline-flex h-9 items-center gap-1.5 border-b-2 border-transparent px-2.5 text-sm whitespace-nowrap text-fg-faint outline-offset-[-2px] hover:text-fg data-[state=active]:border-accent data-[state=active]:font-medium data-[state=active]:text-fg"
          >
            {Icon && <Icon className="size-4" aria-hidden />}
            {text}
            {count !== undefined && <span className="figures rounded bg-sunken px-1 text-xs text-fg-faint">{count}</span>}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map(({ value: tab, content }) => (
        <Radix.Content key={tab} value={tab} className="pt-4 outline-none">
          {content}
        </Radix.Content>
      ))}
    </Radix.Root>
  )
}
