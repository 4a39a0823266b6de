import { describe, expect, it } from 'vitest'
import { Follow } from './follow'
import type { LogMessage } from '@/api/types'
import { readMessage } from './messages'

const batch = (from: number, to: number): LogMessage => ({
  kind: 'lines',
  rows: Array.from({ length: to - from }, (_, i) => ({ at: '2026-11-20T18:00:00Z', source: 'stdout', text: String(from + i) })),
  cursor: `c${to}`,
})
const seen = (follow: Follow) => {
  const out: string[] = []
  for (let n = follow.ring.first; n < follow.ring.next; n += 1) {
    const row = follow.ring.at(n)
    if (row) out.push(row.kind === 'line' ? row.text : row.kind)
  }
  return out
}

/** A log of `total` lines behind a wire that breaks at the given moments, sometimes in the middle of a batch. */
function server(total: number) {
  return {
    /** Messages of one connection that lives for `frames` frames. */
    connect(query: Record<string, string>, frames: number): LogMessage[] {
      const from = query.after === undefined ? 0 : Number(query.after.slice(1))
      const out: LogMessage[] = []
      for (let at = from; at < total && out.length < frames; at += 7) out.push(batch(at, Math.min(total, at + 7)))
      return out
    },
  }
}

describe('following', () => {
  it('asks for a tail first and goes on behind the last batch after a cut', () => {
    const follow = new Follow()
    expect(follow.query()).toEqual({ tail: '1000', follow: 'true' })
    follow.opened()
    follow.take(batch(0, 3))
    expect(follow.closed()).toBe(true)
    expect(follow.phase).toBe('reconnecting')
    expect(follow.query()).toEqual({ after: 'c3', follow: 'true' })
  })

  it('loses and doubles nothing over a hundred cuts', () => {
    const follow = new Follow()
    const log = server(1000)
    let connections = 0
    while (follow.lines < 1000) {
      follow.opened()
      for (const message of log.connect(follow.query(), 1 + (connections % 3))) follow.take(message)
      connections += 1
      follow.closed()
      expect(connections).toBeLessThan(200)
    }
    expect(seen(follow)).toEqual(Array.from({ length: 1000 }, (_, i) => String(i)))
    expect(connections).toBeGreaterThan(50)
  })

  it('says once that the node is away and once that it is back', () => {
    const follow = new Follow()
    follow.opened()
    follow.take(batch(0, 1))
    follow.take({ kind: 'caught_up' })
    follow.take({ kind: 'waiting', node: 'n2' })
    follow.take({ kind: 'waiting', node: 'n2' })
    expect(follow.phase).toBe('waiting')
    follow.take(batch(1, 2))
    expect(follow.phase).toBe('live')
    expect(seen(follow)).toEqual(['0', 'waiting', 'resumed', '1'])
  })

  it('shows holes and counts their bytes', () => {
    const follow = new Follow()
    follow.opened()
    follow.take({ kind: 'gap', bytes: 12_600, exact: true, after: 'a', before: 'b', why: 'rotated' })
    expect(seen(follow)).toEqual(['gap'])
    expect(follow.lostBytes).toBe(12_600)
  })

  it('says a hole once when it is declared again after a cut', () => {
    const follow = new Follow()
    const hole: LogMessage = { kind: 'gap', bytes: 5, exact: true, after: null, before: 'b', why: 'rotated' }
    follow.opened()
    follow.take(hole)
    follow.closed()
    follow.opened()
    follow.take(hole)
    follow.take(batch(0, 1))
    follow.take(hole)
    expect(seen(follow)).toEqual(['gap', '0', 'gap'])
  })

  it('keeps one absence one, also when the connection to the manager breaks in it', () => {
    const follow = new Follow()
    follow.opened()
    follow.take({ kind: 'waiting', node: 'n2' })
    follow.closed()
    follow.opened()
    follow.take({ kind: 'waiting', node: 'n2' })
    follow.take(batch(0, 1))
    expect(seen(follow)).toEqual(['waiting', 'resumed', '0'])
  })

  it('goes on behind a pause exactly where it stopped', () => {
    const follow = new Follow()
    follow.opened()
    follow.take(batch(0, 4))
    follow.paused()
    expect(follow.closed()).toBe(false)
    follow.again()
    expect(follow.query()).toEqual({ after: 'c4', follow: 'true' })
  })

  it('does not come back after an end or a no', () => {
    const ended = new Follow()
    ended.opened()
    ended.take({ kind: 'end', why: 'removed' })
    expect(ended.closed()).toBe(false)
    const refused = new Follow()
    refused.refused()
    expect(refused.closed()).toBe(false)
    expect(refused.phase).toBe('refused')
  })

  it('keeps its cursor when asked again', () => {
    const follow = new Follow()
    follow.opened()
    follow.take(batch(0, 5))
    follow.take({ kind: 'end', why: 'the container stopped' })
    follow.again()
    expect(follow.query()).toEqual({ after: 'c5', follow: 'true' })
  })
})

describe('a message from the wire', () => {
  it('is read when it is one', () => {
    expect(readMessage('{"kind":"lines","rows":[{"at":"t","source":"stderr","text":"x","cut":true}],"cursor":"c"}')).toEqual({
      kind: 'lines',
      rows: [{ at: 't', source: 'stderr', text: 'x', cut: true }],
      cursor: 'c',
    })
    expect(readMessage('{"kind":"gap","bytes":5,"exact":false,"after":null,"before":"b","why":"w"}')).toMatchObject({
      kind: 'gap',
      after: null,
      before: 'b',
    })
    expect(readMessage('{"kind":"caught_up"}')).toEqual({ kind: 'caught_up' })
  })

  it.each(['', '{', 'null', '[]', '"lines"', '{"kind":"lines"}', '{"kind":"lines","rows":[1],"cursor":"c"}', '{"kind":"new"}'])(
    'is left aside when it is none: %s',
    (text) => {
      expect(readMessage(text)).toBeNull()
    },
  )

  it('is text', () => {
    expect(readMessage(new ArrayBuffer(3))).toBeNull()
  })
})
