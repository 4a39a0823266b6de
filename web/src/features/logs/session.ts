/**
 * The wire under a followed log: one WebSocket at a time, opened again with jitter until the log ends, is refused, or nobody
 * looks any more. The view is told at most once per frame, however many lines arrive.
 */
import { openSocket, refusalOf } from '@/api/socket'
import type { ApiError, Query } from '@/api/http'
import { backoff } from '@/lib/backoff'
import { Follow } from './follow'
import { readMessage } from './messages'

/** A log that was followed is called gone after this many tries in a row, about half a minute. */
const GONE_AFTER = 7

export class LogSession {
  readonly follow = new Follow()
  /** Why the manager says no, while `follow.phase` is `refused`. */
  error: ApiError | null = null
  /** When the next try is made (ms since 1970), while `follow.phase` is `reconnecting`. */
  nextTry = 0
  private socket: WebSocket | null = null
  private timer: ReturnType<typeof setTimeout> | null = null
  private attempt = 0
  private running = false
  private told = 0
  private frame: number | null = null
  private readonly listeners = new Set<() => void>()

  constructor(
    private readonly path: string,
    private readonly extra: Query = {},
  ) {}

  /** For `useSyncExternalStore`: the number changes when there is something new to draw. */
  readonly version = (): number => this.told

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  start(): void {
    if (this.running) return
    this.running = true
    this.connect()
  }

  stop(): void {
    this.running = false
    this.drop()
    if (this.frame !== null) cancelAnimationFrame(this.frame)
    this.frame = null
  }

  pause(): void {
    this.follow.paused()
    this.drop()
    this.tell()
  }

  /** Goes on now, behind what was seen: after a pause, an end, a refusal, or instead of waiting for the next try. */
  again(): void {
    if (!this.running) return
    this.drop()
    this.attempt = 0
    this.follow.again()
    this.connect()
    this.tell()
  }

  clear(): void {
    this.follow.clear()
    this.tell()
  }

  private drop(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
    const { socket } = this
    this.socket = null
    socket?.close()
  }

  private connect(): void {
    const socket = openSocket(this.path, { ...this.extra, ...this.follow.query() })
    this.socket = socket
    let opened = false
    socket.onopen = () => {
      if (this.socket !== socket) return
      opened = true
      this.error = null
      this.follow.opened()
      this.tell()
    }
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (this.socket !== socket) return
      const message = readMessage(data)
      if (!message) return
      this.attempt = 0
      this.follow.take(message)
      this.tell()
    }
    socket.onclose = () => {
      if (this.socket !== socket) return
      this.socket = null
      void this.lost(opened)
    }
  }

  private async lost(opened: boolean): Promise<void> {
    if (!opened) {
      const error = await refusalOf(this.path, { ...this.extra, tail: 0, follow: 'false' })
      if (!this.running || this.socket !== null) return
      // A manager that was just started knows a container only when its agent is back; that takes seconds, not for ever.
      const early = error?.status === 404 && this.follow.lines > 0 && this.attempt < GONE_AFTER
      if (error && !early) {
        this.error = error
        this.follow.refused()
        this.tell()
        return
      }
    }
    if (!this.running || !this.follow.closed()) {
      this.tell()
      return
    }
    const wait = backoff(this.attempt, Math.random())
    this.attempt += 1
    this.nextTry = Date.now() + wait
    this.timer = setTimeout(() => {
      this.timer = null
      this.connect()
    }, wait)
    this.tell()
  }

  private tell(): void {
    if (this.frame !== null) return
    this.frame = requestAnimationFrame(() => {
      this.frame = null
      this.told += 1
      for (const listener of this.listeners) listener()
    })
  }
}
