/** How the reader likes logs; kept in the browser, nothing secret. */
import { useSyncExternalStore } from 'react'
import { TIME_STYLES, type TimeStyle } from './time'

export interface LogSettings {
  wrap: boolean
  time: TimeStyle
}

const KEY = 'crane.logs'
const listeners = new Set<() => void>()
let settings: LogSettings = read()

function read(): LogSettings {
  // A window as narrow as a phone shows a third of a line.
  const first: LogSettings = { wrap: window.innerWidth < 640, time: 'local' }
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? 'null')
    if (typeof kept !== 'object' || kept === null) return first
    if ('wrap' in kept && typeof kept.wrap === 'boolean') first.wrap = kept.wrap
    if ('time' in kept) first.time = TIME_STYLES.find((style) => style === kept.time) ?? first.time
  } catch {
    // Unreadable or forbidden storage: the defaults.
  }
  return first
}

export function setLogSettings(change: Partial<LogSettings>): void {
  settings = { ...settings, ...change }
  try {
    localStorage.setItem(KEY, JSON.stringify(settings))
  } catch {
    // It lasts as long as the page.
  }
  for (const listener of listeners) listener()
}

export function useLogSettings(): LogSettings {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    () => settings,
  )
}
