import { useCallback, useEffect, useImperativeHandle, useLayoutEffect, useReducer, useRef, useState, type Ref } from 'react'
import { cx } from '@/lib/cx'
import { Heights } from './heights'
import { LogRow } from './LogRow'
import type { Row } from './ring'
import type { Matcher } from './search'
import type { TimeStyle } from './time'

/** A list whose front falls off: places are counted from 0 and keep their count. */
export interface RowList {
  first: number
  next: number
  /** The row at a place, with its number in the ring. */
  at: (place: number) => { number: number; row: Row } | undefined
}

export interface LogRowsHandle {
  toPlace: (place: number) => void
}

const ROW = 20
/** Rows drawn above and below what is seen, so that a quick scroll finds them ready. */
const OVERSCAN = 12

interface Props {
  list: RowList
  /** Changes when the list became another one (other filters), so that nothing known of it holds. */
  listKey: string
  following: boolean
  onFollowing: (following: boolean) => void
  wrap: boolean
  time: TimeStyle
  now: number
  matcher: Matcher | null
  /** Number of the row that the search stands on. */
  current: number | null
  label: string
  onCopy: (place: number) => void
  ref: Ref<LogRowsHandle>
}

/**
 * The rows in sight of a list of any length. While it follows it sticks to the end; otherwise what is read stays where it is,
 * whatever comes in below or falls out above.
 */
export function LogRows({ list, listKey, following, onFollowing, wrap, time, now, matcher, current, label, onCopy, ref }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const rows = useRef<HTMLDivElement>(null)
  const [heights] = useState(() => new Heights(ROW))
  const [scroll, setScroll] = useState(0)
  const [size, setSize] = useState({ width: 0, height: 600 })
  const [, redraw] = useReducer((n: number) => n + 1, 0)
  /** What the box's scrollTop is counted from, and where we last put or saw it. */
  const place = useRef({ origin: list.first, top: 0, key: listKey, reading: null as number | null })

  // Another list or another width: heights and places start anew.
  const measureKey = `${listKey} ${wrap ? size.width : 0} ${time}`
  const measured = useRef(measureKey)
  if (measured.current !== measureKey) {
    measured.current = measureKey
    heights.clear()
  }

  const total = heights.between(list.first, list.next)
  let top = scroll
  if (place.current.key === listKey) top = Math.max(0, scroll - heights.between(place.current.origin, list.first))
  if (following) top = Math.max(0, total - size.height)
  const found = heights.find(list.first, list.next, top)
  const from = Math.max(list.first, found.row - OVERSCAN)
  let to = found.row
  for (let seen = found.top; to < list.next && seen < top + size.height; to += 1) seen += heights.of(to)
  to = Math.min(list.next, to + OVERSCAN)
  const above = heights.between(list.first, from)

  const moveTo = useCallback((next: number) => {
    const element = box.current
    if (!element) return
    element.scrollTop = next
    place.current.top = element.scrollTop
    setScroll(element.scrollTop)
  }, [])

  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    if (place.current.key !== listKey && !following) {
      // The row that was read is looked for in the new list.
      const { reading } = place.current
      let at = list.first
      if (reading !== null) while (at < list.next && (list.at(at)?.number ?? 0) < reading) at += 1
      place.current = { origin: list.first, top: 0, key: listKey, reading }
      moveTo(heights.between(list.first, at))
      return
    }
    // Drawn rows tell their height; what grew above the first row in sight must not push it away.
    let changed = false
    let shift = 0
    for (const row of rows.current?.children ?? []) {
      const index = Number((row as HTMLElement).dataset['index'])
      const before = heights.of(index)
      const height = row.getBoundingClientRect().height
      if (heights.measure(index, height)) {
        changed = true
        if (index < found.row) shift += height - before
      }
    }
    const fellOut = list.first - place.current.origin
    place.current.origin = list.first
    place.current.key = listKey
    if (following) {
      element.scrollTop = element.scrollHeight
      place.current.top = element.scrollTop
    } else if (shift !== 0 || fellOut !== 0) {
      moveTo(top + shift)
    }
    place.current.reading = list.at(found.row)?.number ?? null
    heights.forget(list.first)
    if (changed) redraw()
  })

  useEffect(() => {
    const element = box.current
    if (!element) return
    const observer = new ResizeObserver(() => setSize({ width: element.clientWidth, height: element.clientHeight }))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  useImperativeHandle(
    ref,
    () => ({
      toPlace: (at) => {
        onFollowing(false)
        moveTo(Math.max(0, heights.between(list.first, at) - size.height / 2))
      },
    }),
    [heights, list, moveTo, onFollowing, size.height],
  )

  return (
    <div
      ref={box}
      role="log"
      aria-label={label}
      aria-live="off"
      tabIndex={0}
      data-following={following || undefined}
      className={cx('log-rows @container h-full overflow-auto overscroll-contain bg-surface -outline-offset-2', wrap && 'log-wrap')}
      onScroll={(event) => {
        const { scrollTop, scrollHeight, clientHeight } = event.currentTarget
        // Only a reader moves up; growth and our own moves go down or are known.
        if (scrollTop < place.current.top - 1) onFollowing(false)
        else if (scrollHeight - scrollTop - clientHeight < ROW) onFollowing(true)
        place.current.top = scrollTop
        setScroll(scrollTop)
      }}
      onClick={(event) => {
        const button = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-copy]') : null
        if (button) onCopy(Number(button.dataset['copy']))
      }}
    >
      <div style={{ height: total, minWidth: '100%', width: wrap ? '100%' : 'max-content', position: 'relative' }}>
        <div ref={rows} style={{ position: 'relative', top: above }}>
          {Array.from({ length: to - from }, (_, i) => {
            const at = list.at(from + i)
            if (!at) return null
            return <LogRow key={at.number} row={at.row} index={from + i} time={time} now={now} matcher={matcher} current={at.number === current} />
          })}
        </div>
      </div>
    </div>
  )
}
