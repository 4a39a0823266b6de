import { useSyncExternalStore } from 'react'
import { Toast as Radix } from 'radix-ui'
import { X } from 'lucide-react'
import { IconButton } from './Button'
import { Notice, type Tone } from './Status'
import { useText } from './text'

interface Shown {
  id: number
  tone: Tone
  title: string
  detail?: string | undefined
}

let shown: readonly Shown[] = []
let next = 1
const listeners = new Set<() => void>()

function set(to: readonly Shown[]) {
  shown = to
  for (const listener of listeners) listener()
}

/** Says something for a few seconds in the corner; at most four stand there. */
export function toast(tone: Tone, title: string, detail?: string) {
  set([...shown.slice(-3), { id: next++, tone, title, detail }])
}

export function toastError(error: unknown) {
  toast('bad', error instanceof Error ? error.message : String(error), error instanceof Error && 'hint' in error ? String(error.hint) : undefined)
}

export function Toaster() {
  const t = useText()
  const list = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    () => shown,
  )
  return (
    <Radix.Provider label={t('notifications')} duration={6000}>
      {list.map(({ id, tone, title, detail }) => (
        <Radix.Root key={id} onOpenChange={(open) => !open && set(shown.filter((one) => one.id !== id))} className="animate-rise rounded-lg border bg-raised shadow-float">
          <Notice
            tone={tone}
            title={<Radix.Title>{title}</Radix.Title>}
            action={
              <Radix.Close asChild>
                <IconButton size="small" icon={X} label={t('close')} className="-my-1 -mr-1.5" />
              </Radix.Close>
            }
          >
            {detail !== undefined && detail !== '' ? <Radix.Description>{detail}</Radix.Description> : undefined}
          </Notice>
        </Radix.Root>
      ))}
      <Radix.Viewport className="fixed right-4 bottom-20 z-60 flex w-[min(24rem,calc(100vw-2rem))] flex-col gap-2 outline-none md:bottom-4" />
    </Radix.Provider>
  )
}
