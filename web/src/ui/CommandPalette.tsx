import { useDeferredValue, useEffect, useId, useMemo, useRef, useState } from 'react'
import { Dialog as Radix } from 'radix-ui'
import { Search, type LucideIcon } from 'lucide-react'
import { cx } from '@/lib/cx'
import { match } from '@/lib/match'

export interface Command {
  id: string
  group: string
  name: string
  detail?: string
  icon: LucideIcon
  run: () => void
}

/** Shown at once; more would not be read. */
const SHOWN = 40

/** The best fitting commands for what was typed, each group together, the best group first. */
export function rank(commands: readonly Command[], query: string): Command[] {
  if (query.trim() === '') return commands.slice(0, SHOWN)
  const found: { command: Command; score: number }[] = []
  for (const command of commands) {
    const score = match(query, command.name) ?? (command.detail === undefined ? null : match(query, `${command.name} ${command.detail}`))
    if (score !== null) found.push({ command, score })
  }
  found.sort((a, b) => b.score - a.score || a.command.name.localeCompare(b.command.name))
  const groups = new Map<string, Command[]>()
  for (const { command } of found.slice(0, SHOWN)) {
    const group = groups.get(command.group)
    if (group) group.push(command)
    else groups.set(command.group, [command])
  }
  return [...groups.values()].flat()
}

/** A field that finds commands, worked with the arrow keys and Enter (a combobox with a list). */
export function CommandPalette({ open, onOpenChange, commands, label, empty }: {
  open: boolean
  onOpenChange: (open: boolean) => void
  commands: readonly Command[]
  label: string
  empty: string
}) {
  const [query, setQuery] = useState('')
  const [at, setAt] = useState(0)
  const wanted = useDeferredValue(query)
  const list = useMemo(() => (open ? rank(commands, wanted) : []), [open, commands, wanted])
  const id = useId()
  const box = useRef<HTMLDivElement>(null)
  const chosen = Math.min(at, Math.max(0, list.length - 1))
  useEffect(() => {
    box.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' })
  }, [chosen])
  const change = (next: boolean) => {
    if (!next) {
      setQuery('')
      setAt(0)
    }
    onOpenChange(next)
  }
  const run = (command: Command | undefined) => {
    if (!command) return
    change(false)
    command.run()
  }
  return (
    <Radix.Root open={open} onOpenChange={change}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 animate-fade bg-black/45" />
        <Radix.Content
          aria-describedby={undefined}
          className="fixed inset-x-4 top-4 z-50 mx-auto flex max-h-[calc(100dvh-2rem)] max-w-xl animate-rise flex-col overflow-hidden rounded-xl border bg-raised shadow-float outline-none sm:top-[12vh] sm:max-h-[60vh]"
        >
          <Radix.Title className="sr-only">{label}</Radix.Title>
          <div className="flex items-center gap-2.5 border-b px-4">
            <Search className="size-4 shrink-0 text-fg-faint" aria-hidden />
            <input
              role="combobox"
              aria-expanded
              aria-controls={id}
              aria-activedescendant={list.length > 0 ? `${id}-${chosen}` : undefined}
              aria-label={label}
              autoFocus
              value={query}
              placeholder={label}
              spellCheck={false}
              autoComplete="off"
              className="h-12 w-full min-w-0 bg-transparent text-base outline-none placeholder:text-fg-faint"
              onChange={(event) => {
                setQuery(event.target.value)
                setAt(0)
              }}
              onKeyDown={(event) => {
                const move = { ArrowDown: 1, ArrowUp: -1 }[event.key]
                if (move !== undefined && list.length > 0) {
                  event.preventDefault()
                  setAt((chosen + move + list.length) % list.length)
                } else if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
                  event.preventDefault()
                  run(list[chosen])
                }
              }}
            />
          </div>
          <div ref={box} role="listbox" id={id} aria-label={label} className="min-h-0 flex-1 overflow-y-auto p-1.5">
            {list.length === 0 && <p className="px-3 py-8 text-center text-sm text-fg-faint">{empty}</p>}
            {list.map((command, index) => {
              const Icon = command.icon
              return (
                <div key={`${command.group} ${command.id}`} role="presentation">
                  {command.group !== list[index - 1]?.group && (
                    <p role="presentation" className="px-2.5 pt-2 pb-1 text-xs text-fg-faint">
                      {command.group}
                    </p>
                  )}
                  <div
                    id={`${id}-${index}`}
                    role="option"
                    aria-selected={index === chosen}
                    onPointerMove={() => setAt(index)}
                    onClick={() => run(command)}
                    className={cx('flex h-9 cursor-pointer items-center gap-2.5 rounded-md px-2.5 text-sm', index === chosen && 'bg-accent-soft')}
                  >
                    <Icon className="size-4 shrink-0 text-fg-faint" aria-hidden />
                    <span className="truncate">{command.name}</span>
                    {command.detail !== undefined && <span className="ml-auto max-w-[45%] truncate pl-2 text-xs text-fg-faint">{command.detail}</span>}
                  </div>
                </div>
              )
            })}
          </div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
