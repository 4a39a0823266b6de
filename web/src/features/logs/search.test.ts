import { describe, expect, it } from 'vitest'
import { Ring, type LineRow } from './ring'
import { compile, Matches, wanted, type Matcher } from './search'

const line = (text: string): LineRow => ({ kind: 'line', at: '', stderr: false, text, cut: false })
function matcher(text: string, more: { regex?: boolean; matchCase?: boolean } = {}): Matcher {
  const made = compile({ text, regex: more.regex ?? false, matchCase: more.matchCase ?? false })
  if (typeof made !== 'function') throw new Error('no matcher')
  return made
}

describe('a query', () => {
  it('of plain text takes every character as itself', () => {
    expect(matcher('a.b(')('xa.b( a.B( axb(')).toEqual([
      { start: 1, end: 5 },
      { start: 6, end: 10 },
    ])
    expect(matcher('B', { matchCase: true })('b B')).toEqual([{ start: 2, end: 3 }])
  })

  it('may be a regular expression', () => {
    expect(matcher('\\d+ms', { regex: true })('in 12ms, 7ms')).toEqual([
      { start: 3, end: 7 },
      { start: 9, end: 12 },
    ])
  })

  it('that is a broken expression says why', () => {
    expect(compile({ text: '(', regex: true, matchCase: false })).toHaveProperty('wrong')
  })

  it('that is empty or matches the empty text marks nothing', () => {
    expect(compile({ text: '', regex: false, matchCase: false })).toBeNull()
    expect(matcher('x*', { regex: true })('aaa')).toEqual([])
  })

  it('marks a bounded number of places', () => {
    expect(matcher('a')('a'.repeat(10_000))).toHaveLength(200)
  })
})

describe('matches', () => {
  it('are found slice by slice and forget rows that fell out', () => {
    const ring = new Ring(100)
    for (let i = 0; i < 100; i += 1) ring.push(line(i % 10 === 0 ? 'hit' : 'miss'))
    const matches = new Matches(wanted(matcher('hit')))
    expect(matches.advance(ring, 50)).toBe(false)
    expect(matches.size).toBe(5)
    expect(matches.advance(ring, 50)).toBe(true)
    expect(matches.size).toBe(10)
    for (let i = 0; i < 25; i += 1) ring.push(line('hit'))
    matches.advance(ring, 1000)
    expect([matches.first, matches.at(matches.first)]).toEqual([3, 30])
    expect(matches.at(0)).toBeUndefined()
    expect(matches.size).toBe(7 + 25)
    expect(matches.from(45)).toBe(5)
    expect(matches.from(5000)).toBe(matches.next)
  })

  it('see a line as the reader sees it, without its colours', () => {
    expect(wanted(matcher('hello'))(line('he\x1b[31mllo'))).toBe(true)
  })
})
