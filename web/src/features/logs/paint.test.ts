import { describe, expect, it } from 'vitest'
import { paint } from './paint'
import { compile } from './search'

const matcher = (text: string) => {
  const made = compile({ text, regex: false, matchCase: false })
  return typeof made === 'function' ? made : null
}
const told = (line: string, query = '') =>
  paint(line, matcher(query)).map((p) => [p.text, [p.hit && 'hit', p.word, p.escape && 'escape', p.style?.fg].filter((x) => x !== false && x !== null && x !== undefined)])

describe('a painted line', () => {
  it('is one piece when there is nothing to mark', () => {
    expect(told('hello')).toEqual([['hello', []]])
    expect(told('')).toEqual([])
  })

  it('marks loud words and hits, also where they overlap', () => {
    expect(told('an ERROR here', 'error h')).toEqual([
      ['an ', []],
      ['ERROR', ['hit', 'error']],
      [' h', ['hit']],
      ['ere', []],
    ])
  })

  it('marks a hit across a change of colour', () => {
    expect(told('a\x1b[31mb\x1b[0mc', 'abc')).toEqual([
      ['a', ['hit']],
      ['b', ['hit', 1]],
      ['c', ['hit']],
    ])
  })

  it('says all of the text, whatever is marked', () => {
    const line = 'x \x1b[1mwarning\x1b[0m y\0 \u202e error warn error '.repeat(20)
    const plain = paint(line, null).map((p) => p.text).join('')
    expect(paint(line, matcher('r')).map((p) => p.text).join('')).toBe(plain)
    expect(plain).toContain('\\u{202E}')
  })

  it('of thousands of colours is drawn as one plain piece', () => {
    expect(paint('\x1b[31mx\x1b[32my'.repeat(3000), null)).toHaveLength(1)
  })
})
