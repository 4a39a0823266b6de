import { useEffect, useMemo, useReducer } from 'react'
import { plainText } from './ansi'
import { levelOf } from './levels'
import type { RowList } from './LogRows'
import type { Ring, Row } from './ring'
import { compile, Matches, wanted, type Matcher } from './search'
import type { Narrowing } from './Toolbar'

/** Rows looked at in one frame; some milliseconds of work. */
const SLICE = 5000

export interface Narrowed {
  list: RowList
  listKey: string
  matcher: Matcher | null
  wrong: string | null
  /** Rows in which the search finds something; null without a search. */
  hits: Matches | null
}

/** The rows of a ring that the reader wants to see, and those in which the search finds something. `version` is that of the ring. */
export function useRowList(ring: Ring, version: number, { text, regex, matchCase, only, level, source }: Narrowing): Narrowed {
  const [slice, next] = useReducer((n: number) => n + 1, 0)
  const compiled = useMemo(() => compile({ text, regex, matchCase }), [text, regex, matchCase])
  const matcher = typeof compiled === 'function' ? compiled : null

  const filter = useMemo(() => {
    const narrowed = only && matcher !== null
    if (!narrowed && level === 'all' && source === 'all') return null
    return new Matches((row) => wants(row, level, source) && (!narrowed || row.kind !== 'line' || matcher(plainText(row.text)).length > 0))
  }, [only, matcher, level, source])
  const hits = useMemo(() => {
    if (!matcher) return null
    const found = wanted(matcher)
    return new Matches((row) => found(row) && wants(row, level, source))
  }, [matcher, level, source])

  const filterDone = filter?.advance(ring, SLICE) ?? true
  const hitsDone = hits?.advance(ring, SLICE) ?? true
  const done = filterDone && hitsDone
  useEffect(() => {
    if (done) return
    const frame = requestAnimationFrame(next)
    return () => cancelAnimationFrame(frame)
  }, [done, slice, version])

  const list: RowList = filter
    ? {
        first: filter.first,
        next: filter.next,
        at: (place) => {
          const number = filter.at(place)
          const row = number === undefined ? undefined : ring.at(number)
          return number === undefined || row === undefined ? undefined : { number, row }
        },
      }
    : {
        first: ring.first,
        next: ring.next,
        at: (place) => {
          const row = ring.at(place)
          return row && { number: place, row }
        },
      }
  return {
    list,
    listKey: filter ? JSON.stringify([only && text, regex, matchCase, level, source]) : '',
    matcher,
    wrong: compiled !== null && typeof compiled === 'object' ? compiled.wrong : null,
    hits,
  }
}

/** What happened to the log itself is shown whatever the filters say. */
function wants(row: Row, level: Narrowing['level'], source: Narrowing['source']): boolean {
  if (row.kind !== 'line') return true
  if (source !== 'all' && row.stderr !== (source === 'stderr')) return false
  if (level === 'all') return true
  const its = levelOf(plainText(row.text))
  return its === 'error' || (level === 'warn' && its === 'warn')
}
