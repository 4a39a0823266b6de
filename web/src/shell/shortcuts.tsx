import { useEffect, useRef } from 'react'
import { useNavigate } from '@tanstack/react-router'
import { setTheme } from '@/lib/preferences'
import { Dialog, Kbd } from '@/ui'
import { places } from './places'
import { useText } from './text'

/** The second key of `g x` must follow within this time (ms). */
const PAIR = 1200

/** True where letters are being typed, so that a shortcut must not steal them. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.closest('input, textarea, select, .xterm, .cm-editor') !== null)
}

/** Listens for the keys of the whole panel. Keys of a page belong to the page. */
export function useShortcuts({ onPalette, onHelp }: { onPalette: () => void; onHelp: () => void }) {
  const navigate = useNavigate()
  const act = useRef({ onPalette, onHelp })
  useEffect(() => {
    act.current = { onPalette, onHelp }
  })
  useEffect(() => {
    let went = 0
    const press = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k') {
        if (event.target instanceof HTMLElement && event.target.closest('.xterm')) return
        event.preventDefault()
        act.current.onPalette()
        return
      }
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
      if (document.querySelector('[role=dialog],[role=menu]')) return
      const pair = event.timeStamp - went < PAIR
      went = 0
      const place = pair ? places.find(({ key }) => key === event.key) : undefined
      if (place) {
        event.preventDefault()
        void navigate({ to: place.to })
      } else if (event.key === 'g') went = event.timeStamp
      else if (event.key === '?') act.current.onHelp()
      else if (event.key === 't') setTheme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark')
      else if (event.key === '/') {
        const filter = document.querySelector<HTMLInputElement>('[data-filter]')
        event.preventDefault()
        if (filter) filter.focus()
        else act.current.onPalette()
      }
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [navigate])
}

export function ShortcutsHelp({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const t = useText()
  const rows: [keys: string[], text: string][] = [
    [['Ctrl', 'K'], t('keyPalette')],
    [['/'], t('keyFilter')],
    [['t'], t('keyTheme')],
    [['?'], t('keyHelp')],
    [['j'], t('keyDown')],
    [['k'], t('keyUp')],
    [['Enter'], t('keyOpen')],
    ...places.map(({ key, text }): [string[], string] => [['g', key], t('keyGo', { page: t(text) })]),
    [['n'], t('keyNext')],
    [['Shift', 'N'], t('keyPrevious')],
    [['f'], t('keyFollow')],
    [['p'], t('keyPause')],
  ]
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t('shortcuts')}>
      <dl className="divide-y">
        {rows.map(([keys, text]) => (
          <div key={text} className="flex items-center gap-4 py-2 text-sm">
            <dt className="flex-1">{text}</dt>
            <dd className="flex gap-1">
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
