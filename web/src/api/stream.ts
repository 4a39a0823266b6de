import { backoff } from '@/lib/backoff'
import { API, ApiError, failure, unreachable } from '@/api/http'
import { EventReader, type ServerEvent } from '@/api/sse'

export type StreamState = { kind: 'connecting' } | { kind: 'open' } | { kind: 'waiting'; until: number; error: ApiError } | { kind: 'refused'; error: ApiError }

export interface StreamWatcher {
  onEvent: (event: ServerEvent) => void
  onState?: (state: StreamState) => void
}

/** The manager writes a comment at least every 15 s; a connection that is silent this long (ms) is dead. */
const SILENCE = 45_000

/**
 * A server-sent event stream that comes back by itself, with `Last-Event-ID`, until it is closed.
 * Refusals that a new try cannot change (4xx except 408 and 429) end it.
 */
export class EventStream {
  private attempt = 0
  private lastId: string | null = null
  private readonly over = new AbortController()
  private wake: (() => void) | null = null

  constructor(
    private readonly path: string,
    private readonly watcher: StreamWatcher,
  ) {
    void this.run()
  }

  close() {
    this.over.abort()
    this.wake?.()
  }

  /** Stops waiting and tries now. */
  retry() {
    this.wake?.()
  }

  /** The next connection starts from now instead of resuming. */
  forget() {
    this.lastId = null
  }

  private closed(): boolean {
    return this.over.signal.aborted
  }

  private say(state: StreamState) {
    if (!this.over.signal.aborted) this.watcher.onState?.(state)
  }

  private async run() {
    while (!this.closed()) {
      this.say({ kind: 'connecting' })
      const error = await this.once()
      if (this.closed()) return
      if (error.status >= 400 && error.status < 500 && error.status !== 408 && error.status !== 429) {
        this.say({ kind: 'refused', error })
        return
      }
      const wait = backoff(this.attempt, Math.random())
      this.attempt += 1
      this.say({ kind: 'waiting', until: Date.now() + wait, error })
      await new Promise<void>((resolve) => {
        this.wake = resolve
        setTimeout(resolve, wait)
      })
      this.wake = null
    }
  }

  /** One connection, from open to end. */
  private async once(): Promise<ApiError> {
    const connection = new AbortController()
    const end = () => connection.abort()
    this.over.signal.addEventListener('abort', end)
    let watchdog = setTimeout(end, SILENCE)
    try {
      const headers: Record<string, string> = { Accept: 'text/event-stream', 'X-Crane': '1' }
      if (this.lastId !== null) headers['Last-Event-ID'] = this.lastId
      const answer = await fetch(API + this.path, { headers, credentials: 'same-origin', cache: 'no-store', signal: connection.signal })
      if (!answer.ok || !answer.body) return await failure(answer)
      this.say({ kind: 'open' })
      const reader = new EventReader()
      const text = new TextDecoder()
      for (const source = answer.body.getReader(); ; ) {
        const { value, done } = await source.read()
        if (done) return unreachable()
        // Only a connection that said something counts as a success.
        this.attempt = 0
        clearTimeout(watchdog)
        watchdog = setTimeout(end, SILENCE)
        for (const event of reader.take(text.decode(value, { stream: true }))) {
          if (event.id !== null) this.lastId = event.id
          this.watcher.onEvent(event)
        }
      }
    } catch {
      return unreachable()
    } finally {
      clearTimeout(watchdog)
      this.over.signal.removeEventListener('abort', end)
      connection.abort()
    }
  }
}
