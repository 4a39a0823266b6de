/**
 * The newest rows of a log, in order, within a fixed number of rows and characters.
 *
 * Each row has a number that never changes, so that a view can hold on to a row while older ones fall out.
 * Nothing is dropped silently: `dropped` counts what fell out at the front.
 */
import type { LogHole } from '@/api/types'

/** About what a tab may hold: 100,000 rows of ordinary length are some 30 MB. */
export const ROW_LIMIT = 100_000
/** Long lines must not fill the machine: with lines of 64 KiB the ring holds 1,000 rows instead. */
export const CHAR_LIMIT = 64 * 1024 * 1024

export interface LineRow {
  kind: 'line'
  at: string
  stderr: boolean
  text: string
  cut: boolean
}
export interface GapRow {
  kind: 'gap'
  hole: LogHole
}
export interface NoteRow {
  kind: 'waiting' | 'resumed' | 'end'
  /** The node's name, or why it ended. */
  text: string
}
export type Row = LineRow | GapRow | NoteRow

export class Ring {
  private rows: (Row | undefined)[] = []
  private head = 0
  private chars = 0
  /** Number of the oldest row kept. */
  first = 0
  /** Rows that fell out. */
  dropped = 0

  constructor(
    private readonly rowLimit: number = ROW_LIMIT,
    private readonly charLimit: number = CHAR_LIMIT,
  ) {}

  get size(): number {
    return this.rows.length - this.head
  }

  /** One past the number of the newest row. */
  get next(): number {
    return this.first + this.size
  }

  /** The row with this number, if it is still here. */
  at(number: number): Row | undefined {
    if (number < this.first || number >= this.next) return undefined
    return this.rows[this.head + (number - this.first)]
  }

  push(row: Row): void {
    this.rows.push(row)
    this.chars += cost(row)
    while (this.size > this.rowLimit || (this.chars > this.charLimit && this.size > 1)) this.shift()
  }

  clear(): void {
    this.first = this.next
    this.rows = []
    this.head = 0
    this.chars = 0
  }

  private shift(): void {
    const row = this.rows[this.head]
    this.rows[this.head] = undefined
    if (row) this.chars -= cost(row)
    this.head += 1
    this.first += 1
    this.dropped += 1
    // Moving is paid for by as many pushes as rows are moved.
    if (this.head > 1024 && this.head * 2 > this.rows.length) {
      this.rows = this.rows.slice(this.head)
      this.head = 0
    }
  }
}

function cost(row: Row): number {
  return row.kind === 'line' ? row.text.length + 64 : 128
}
