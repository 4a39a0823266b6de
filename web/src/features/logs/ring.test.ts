import { describe, expect, it } from 'vitest'
import { Ring, type LineRow } from './ring'

const line = (text: string): LineRow => ({ kind: 'line', at: '', stderr: false, text, cut: false })
const texts = (ring: Ring) => {
  const out: string[] = []
  for (let n = ring.first; n < ring.next; n += 1) {
    const row = ring.at(n)
    out.push(row?.kind === 'line' ? row.text : '?')
  }
  return out
}

describe('the ring', () => {
  it('keeps the newest rows and their numbers', () => {
    const ring = new Ring(3)
    for (let i = 0; i < 5; i += 1) ring.push(line(`l${i}`))
    expect(texts(ring)).toEqual(['l2', 'l3', 'l4'])
    expect([ring.first, ring.next, ring.dropped]).toEqual([2, 5, 2])
    expect(ring.at(1)).toBeUndefined()
    expect(ring.at(5)).toBeUndefined()
  })

  it('holds fewer rows when they are long, and always the newest', () => {
    const ring = new Ring(1000, 10_000)
    for (let i = 0; i < 50; i += 1) ring.push(line('x'.repeat(936)))
    expect(ring.size).toBe(10)
    ring.push(line('y'.repeat(50_000)))
    expect(ring.size).toBe(1)
    expect(ring.next).toBe(51)
  })

  it('stays right over many more rows than it holds', () => {
    const ring = new Ring(2000)
    for (let i = 0; i < 50_000; i += 1) ring.push(line(String(i)))
    expect(texts(ring)).toEqual(Array.from({ length: 2000 }, (_, i) => String(48_000 + i)))
  })

  it('is empty after it was cleared, and numbers go on', () => {
    const ring = new Ring(10)
    ring.push(line('a'))
    ring.clear()
    expect([ring.size, ring.first, ring.next]).toEqual([0, 1, 1])
    ring.push(line('b'))
    expect(texts(ring)).toEqual(['b'])
  })
})
