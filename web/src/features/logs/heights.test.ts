import { describe, expect, it } from 'vitest'
import { Heights } from './heights'

describe('heights', () => {
  it('agree with plain addition wherever rows were measured', () => {
    const heights = new Heights(20)
    const plain = Array.from({ length: 3000 }, () => 20)
    for (let i = 0; i < 3000; i += 7) {
      const height = 20 + (i % 5) * 13
      plain[i] = height
      heights.measure(i, height)
    }
    const sum = (from: number, to: number) => plain.slice(from, to).reduce((a, b) => a + b, 0)
    for (const [from, to] of [
      [0, 3000],
      [1, 2999],
      [255, 257],
      [256, 512],
      [300, 300],
      [17, 1800],
    ] as const) {
      expect(heights.between(from, to)).toBe(sum(from, to))
    }
    for (let offset = 0; offset < sum(100, 3000); offset += 333) {
      const { row, top } = heights.find(100, 3000, offset)
      expect(top).toBe(sum(100, row))
      expect(top).toBeLessThanOrEqual(offset)
      expect(top + (plain[row] ?? 0)).toBeGreaterThan(offset)
    }
  })

  it('answer with the last row below the end, and the first of an empty list', () => {
    const heights = new Heights(10)
    expect(heights.find(5, 8, 1e9)).toEqual({ row: 7, top: 20 })
    expect(heights.find(5, 5, 0)).toEqual({ row: 5, top: 0 })
  })

  it('forget what fell out and nothing else', () => {
    const heights = new Heights(10)
    heights.measure(10, 50)
    heights.measure(300, 50)
    heights.forget(290)
    expect(heights.of(10)).toBe(10)
    expect(heights.of(300)).toBe(50)
    expect(heights.between(256, 512)).toBe(256 * 10 + 40)
  })

  it('say whether a measure changed anything', () => {
    const heights = new Heights(20)
    expect(heights.measure(1, 20.2)).toBe(false)
    expect(heights.measure(1, 40)).toBe(true)
    expect(heights.measure(1, 40)).toBe(false)
  })
})
