import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { EventStream, type StreamState } from './stream'

/** A manager's side of one connection: what it was asked with, and a way to write and to hang up. */
class Line {
  private readonly encoder = new TextEncoder()
  private control!: ReadableStreamDefaultController<Uint8Array>
  readonly body = new ReadableStream<Uint8Array>({ start: (control) => void (this.control = control) })
  constructor(readonly headers: Record<string, string>) {}
  say(text: string) {
    this.control.enqueue(this.encoder.encode(text))
  }
  hangUp() {
    this.control.close()
  }
}

let lines: Line[] = []
let refuse: Response | null = null

beforeEach(() => {
  vi.useFakeTimers()
  lines = []
  refuse = null
  vi.stubGlobal('fetch', (_: string, init: RequestInit) => {
    if (refuse) return Promise.resolve(refuse)
    const line = new Line(init.headers as Record<string, string>)
    lines.push(line)
    return Promise.resolve(new Response(line.body))
  })
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const line = (at: number): Line => {
  const found = lines[at]
  if (!found) throw new Error(`no connection ${at}`)
  return found
}

test('a stream that was cut comes back by itself behind the last event it saw', async () => {
  const seen: string[] = []
  const states: StreamState['kind'][] = []
  const stream = new EventStream('/feed', { onEvent: ({ data }) => seen.push(data), onState: ({ kind }) => states.push(kind) })
  await vi.advanceTimersByTimeAsync(0)
  expect(line(0).headers).not.toHaveProperty('Last-Event-ID')
  line(0).say('id: 41\ndata: one\n\nid: 42\ndata: two\n\nid: 43\nda')
  await vi.advanceTimersByTimeAsync(0)
  line(0).hangUp()
  await vi.advanceTimersByTimeAsync(0)
  expect(states).toEqual(['connecting', 'open', 'waiting'])
  await vi.advanceTimersByTimeAsync(15_000)
  expect(line(1).headers['Last-Event-ID']).toBe('42')
  line(1).say('id: 43\ndata: three\n\n')
  await vi.advanceTimersByTimeAsync(0)
  expect(seen).toEqual(['one', 'two', 'three'])
  stream.close()
})

test('a connection that falls silent is given up', async () => {
  const stream = new EventStream('/feed', { onEvent: () => undefined })
  await vi.advanceTimersByTimeAsync(0)
  line(0).say(': hello\n\n')
  await vi.advanceTimersByTimeAsync(40_000)
  expect(lines).toHaveLength(1)
  // happy-dom's Response does not notice the abort, so the line ends as the browser would end it.
  await vi.advanceTimersByTimeAsync(6000)
  line(0).hangUp()
  await vi.advanceTimersByTimeAsync(15_000)
  expect(lines).toHaveLength(2)
  stream.close()
})

test('a refusal that stays is told and not repeated', async () => {
  refuse = new Response('{"code":"forbidden","detail":"no"}', { status: 403, headers: { 'Content-Type': 'application/problem+json' } })
  const states: StreamState[] = []
  const stream = new EventStream('/feed', { onEvent: () => undefined, onState: (state) => states.push(state) })
  await vi.advanceTimersByTimeAsync(60_000)
  expect(states.map(({ kind }) => kind)).toEqual(['connecting', 'refused'])
  stream.close()
})

test('a manager that is away is tried until it is back, and the reader may shorten the wait', async () => {
  refuse = new Response('', { status: 503 })
  const states: StreamState['kind'][] = []
  const stream = new EventStream('/feed', { onEvent: () => undefined, onState: ({ kind }) => states.push(kind) })
  await vi.advanceTimersByTimeAsync(0)
  expect(states.at(-1)).toBe('waiting')
  refuse = null
  stream.retry()
  await vi.advanceTimersByTimeAsync(0)
  expect(states.at(-1)).toBe('open')
  stream.close()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(lines).toHaveLength(1)
})
