/**
 * Finding in the rows that are kept: a text or a regular expression, over the plain text of lines.
 *
 * The search walks the ring a slice at a time, so that 100,000 rows never stop the page, and keeps up with new rows.
 */
import { plainText } from './ansi'
import type { Ring, Row } from './ring'

export interface Query {
  text: string
  regex: boolean
  matchCase: boolean
}

/** A half-open range of the plain text. */
export interface Range {
  start: number
  end: number
}

export type Matcher = (text: string) => Range[]

/** More places in one line are not marked. */
const RANGES_MAX = 200
/** A regular expression sees this much of a line; it runs on the reader's own machine, this keeps it short. */
const REGEX_CHARS = 16 * 1024

/** The matcher of a query; `null` for an empty one; the reason when the expression is wrong. */
export function compile(query: Query): Matcher | null | { wrong: string } {
  if (query.text === '') return null
  let expression: RegExp
  try {
    const source = query.regex ? query.text : query.text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    expression = new RegExp(source, query.matchCase ? 'gu' : 'giu')
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) }
  }
  return (text) => {
    const ranges: Range[] = []
    const seen = query.regex && text.length > REGEX_CHARS ? text.slice(0, REGEX_CHARS) : text
    for (const match of seen.matchAll(expression)) {
      // An expression that matches nothing at all (`a*`) marks nothing.
      if (match[0] === '') continue
      ranges.push({ start: match.index, end: match.index + match[0].length })
      if (ranges.length === RANGES_MAX) break
    }
    return ranges
  }
}

/**
 * The numbers of the rows that match, kept in step with a ring. Matches are counted from 0 and keep their count, so
 * that `first..next` is a list whose front falls off, like the ring itself.
 */
export class Matches {
  private found: number[] = []
  private head = 0
  private scanned = 0
  /** Count of the oldest match kept. */
  first = 0

  constructor(private readonly wants: (row: Row) => boolean) {}

  get size(): number {
    return this.found.length - this.head
  }

  /** One past the newest match. */
  get next(): number {
    return this.first + this.size
  }

  /** Row number of a match. */
  at(match: number): number | undefined {
    return match < this.first ? undefined : this.found[this.head + match - this.first]
  }

  /** The first match at or behind a row number; `next` when there is none. */
  from(number: number): number {
    let low = this.head
    let high = this.found.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.found[middle] ?? 0) < number) low = middle + 1
      else high = middle
    }
    return this.first + low - this.head
  }

  /** Looks at up to `budget` rows more; true when everything was seen. */
  advance(ring: Ring, budget: number): boolean {
    while (this.head < this.found.length && (this.found[this.head] ?? 0) < ring.first) {
      this.head += 1
      this.first += 1
    }
    if (this.head > 4096 && this.head * 2 > this.found.length) {
      this.found = this.found.slice(this.head)
      this.head = 0
    }
    this.scanned = Math.max(this.scanned, ring.first)
    const end = Math.min(ring.next, this.scanned + budget)
    for (; this.scanned < end; this.scanned += 1) {
      const row = ring.at(this.scanned)
      if (row && this.wants(row)) this.found.push(this.scanned)
    }
    return this.scanned >= ring.next
  }
}

/** Wants lines in which the search finds something. */
export function wanted(matcher: Matcher): (row: Row) => boolean {
  return (row) => row.kind === 'line' && matcher(plainText(row.text)).length > 0
}
