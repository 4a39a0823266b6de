import { describe, expect, test } from 'vitest'
import { EventReader } from './sse'

describe('server-sent events', () => {
  test('come out whole however the bytes were cut', () => {
    const text = 'id: 7\r\ndata: {"a":1}\r\n\r\n: still here\n\nevent: x\ndata: one\ndata: two\n\n'
    for (let cut = 0; cut <= text.length; cut += 1) {
      const reader = new EventReader()
      const events = [...reader.take(text.slice(0, cut)), ...reader.take(text.slice(cut))]
      expect(events).toEqual([
        { id: '7', event: 'message', data: '{"a":1}' },
        { id: '7', event: 'x', data: 'one\ntwo' },
      ])
    }
  })

  test('an event without data is none, and an unfinished one waits', () => {
    const reader = new EventReader()
    expect(reader.take('event: empty\n\ndata: half')).toEqual([])
    expect(reader.take('\n\n')).toEqual([{ id: null, event: 'message', data: 'half' }])
  })

  test('only the first blank behind the colon belongs to the notation', () => {
    expect(new EventReader().take('data:  two\ndata:none\n\n')[0]?.data).toBe(' two\nnone')
  })
})
