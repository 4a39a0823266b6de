import { useSyncExternalStore } from 'react'
import { languageTag, useLanguage } from '@/lib/preferences'
import { ago, moment } from '@/lib/time'

const listeners = new Set<() => void>()
let now = Date.now()
let timer: ReturnType<typeof setInterval> | null = null

/** One clock for all of the page; it ticks only while something shows it. */
export function useNow(): number {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      timer ??= setInterval(() => {
        now = Date.now()
        for (const one of listeners) one()
      }, 5000)
      return () => {
        listeners.delete(listener)
        if (listeners.size > 0 || timer === null) return
        clearInterval(timer)
        timer = null
      }
    },
    () => now,
  )
}

/** "3 min. ago", with the exact moment in the title. */
export function TimeAgo({ at }: { at: string | null | undefined }) {
  const tag = languageTag(useLanguage())
  const time = useNow()
  if (at === null || at === undefined) return <span className="text-fg-faint">–</span>
  return (
    <time dateTime={at} title={moment(at, tag)} className="whitespace-nowrap">
      {ago(at, Math.max(time, Date.now() - 5000), tag)}
    </time>
  )
}

export function Moment({ at }: { at: string | null | undefined }) {
  const tag = languageTag(useLanguage())
  if (at === null || at === undefined) return <span className="text-fg-faint">–</span>
  return (
    <time dateTime={at} className="figures whitespace-nowrap">
      {moment(at, tag)}
    </time>
  )
}
