/**
 * Following a log over a wire that breaks: what was seen, and where to go on.
 *
 * A batch of lines and the cursor behind it come in one message, so either both were taken or neither: after a cut the
 * next connection asks for what comes `after` that cursor and no line is lost or doubled. A message that was half way
 * through the wire when it broke was never delivered by the browser at all.
 */
import type { LogMessage } from '@/api/types'
import { Ring, type Row } from './ring'

/** `paused`, `refused` and `ended` stay until the reader asks again. */
export type Phase = 'connecting' | 'history' | 'live' | 'waiting' | 'reconnecting' | 'paused' | 'ended' | 'refused'

/** Rows asked for at the first connection. */
export const FIRST_TAIL = 1000

export class Follow {
  readonly ring: Ring
  phase: Phase = 'connecting'
  /** Rises with each change that a view must draw. */
  version = 0
  /** The node that is away while `phase` is `waiting`. */
  awayNode = ''
  /** Lines received since this was made, also those that fell out of the ring. */
  lines = 0
  /** Bytes that holes declared. */
  lostBytes = 0
  private cursor: string | null = null
  private away = false
  /** Holes declared since the last lines: a hole has no cursor of its own and is said again after a cut. */
  private holes = new Set<string>()

  constructor(ring: Ring = new Ring()) {
    this.ring = ring
  }

  /** Query of the next connection. */
  query(): Record<string, string> {
    return this.cursor === null ? { tail: String(FIRST_TAIL), follow: 'true' } : { after: this.cursor, follow: 'true' }
  }

  opened(): void {
    this.set(this.cursor === null ? 'history' : 'live')
  }

  take(message: LogMessage): void {
    switch (message.kind) {
      case 'lines':
        this.back()
        for (const row of message.rows) {
          this.push({
            kind: 'line',
            at: row.at,
            stderr: row.source === 'stderr',
            text: row.text,
            cut: row.cut === true,
          })
        }
        this.lines += message.rows.length
        this.cursor = message.cursor
        this.holes.clear()
        break
      case 'gap': {
        this.back()
        const hole = JSON.stringify([message.bytes, message.after, message.before, message.why])
        if (this.holes.has(hole)) break
        this.holes.add(hole)
        this.lostBytes += message.bytes
        this.push({
          kind: 'gap',
          hole: {
            bytes: message.bytes,
            exact: message.exact,
            after: message.after,
            before: message.before,
            why: message.why,
          },
        })
        break
      }
      case 'caught_up':
        this.back()
        this.phase = 'live'
        break
      case 'waiting':
        // Said once per absence, however often the manager repeats it, also over a cut.
        if (!this.away) this.push({ kind: 'waiting', text: message.node })
        this.away = true
        this.awayNode = message.node
        this.phase = 'waiting'
        break
      case 'end':
        this.phase = 'ended'
        this.push({ kind: 'end', text: message.why })
        break
    }
    this.version += 1
  }

  /** The connection broke. True when another one should be made. */
  closed(): boolean {
    if (this.phase === 'ended' || this.phase === 'refused' || this.phase === 'paused') return false
    this.set('reconnecting')
    return true
  }

  /** The manager said no, e.g. the owner of the host forbids logs. */
  refused(): void {
    this.set('refused')
  }

  /** The reader stops the stream: the log file of the container is the buffer, so nothing is lost meanwhile. */
  paused(): void {
    if (this.phase !== 'ended' && this.phase !== 'refused') this.set('paused')
  }

  /** From a pause, an end or a no on again, behind what was seen. */
  again(): void {
    this.set('connecting')
  }

  /** Forgets the rows on screen, not the place in the log. */
  clear(): void {
    this.ring.clear()
    this.version += 1
  }

  private back(): void {
    if (this.away) {
      this.away = false
      this.push({ kind: 'resumed', text: this.awayNode })
    }
    if (this.phase !== 'history' && this.phase !== 'live') this.phase = this.cursor === null ? 'history' : 'live'
  }

  private push(row: Row): void {
    this.ring.push(row)
  }

  private set(phase: Phase): void {
    this.phase = phase
    this.version += 1
  }
}
