/**
 * The wire of one shell: keys go out as bytes, the screen comes in as bytes, in both directions untouched.
 * A shell cannot be resumed: when the wire breaks, it has ended.
 */
import { openSocket, refusalOf } from '@/api/socket'
import { unreachable } from '@/api/http'
import type { Problem } from '@/api/types'
import { readOutput, readStatus, resizeMessage, startMessage, type Size, type Wish } from './frames'

export type Ending = { kind: 'exited'; code: number } | { kind: 'failed'; problem: Pick<Problem, 'title' | 'detail' | 'hint' | 'code'> } | { kind: 'lost' }

export interface Watcher {
  onStarted: () => void
  onOutput: (bytes: Uint8Array) => void
  onEnd: (ending: Ending) => void
}

/** A paste is sent in pieces of this size (bytes), below what the manager takes as one message. */
const PIECE = 16 * 1024

export class ShellSession {
  private readonly socket: WebSocket
  private ended = false
  private opened = false
  private started = false
  private size: Size

  constructor(
    private readonly path: string,
    wish: Wish,
    size: Size,
    private readonly watcher: Watcher,
  ) {
    this.size = size
    this.socket = openSocket(path)
    this.socket.onopen = () => {
      this.opened = true
      this.socket.send(startMessage(wish, this.size))
    }
    this.socket.onmessage = ({ data }: MessageEvent<unknown>) => this.take(data)
    this.socket.onclose = () => void this.closed()
  }

  send(bytes: Uint8Array): void {
    if (this.socket.readyState !== WebSocket.OPEN) return
    for (let at = 0; at < bytes.length; at += PIECE) this.socket.send(bytes.slice(at, at + PIECE))
  }

  resize(size: Size): void {
    this.size = size
    if (this.opened && this.socket.readyState === WebSocket.OPEN) this.socket.send(resizeMessage(size))
  }

  /** Hangs up; what runs in the shell is ended by the agent. */
  close(): void {
    this.ended = true
    this.socket.close()
  }

  private take(data: unknown): void {
    if (this.ended) return
    if (data instanceof ArrayBuffer) {
      const output = readOutput(data)
      if (output) this.watcher.onOutput(output.bytes)
      return
    }
    const status = typeof data === 'string' ? readStatus(data) : null
    if (!status) return
    if (status.kind === 'started') {
      this.started = true
      this.watcher.onStarted()
    } else this.end(status)
  }

  private async closed(): Promise<void> {
    if (this.ended) return
    if (this.opened || this.started) {
      this.end({ kind: 'lost' })
      return
    }
    const error = (await refusalOf(this.path)) ?? unreachable()
    this.end({ kind: 'failed', problem: { title: error.title, detail: error.message, hint: error.hint, code: error.code } })
  }

  private end(ending: Ending): void {
    if (this.ended) return
    this.ended = true
    this.socket.close()
    this.watcher.onEnd(ending)
  }
}
