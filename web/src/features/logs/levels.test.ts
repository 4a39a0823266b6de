import { describe, expect, it } from 'vitest'
import { levelOf, loudWords } from './levels'

describe('the level of a line', () => {
  it.each([
    ['WARNING disk is getting full', 'warn'],
    ['something error happened', 'error'],
    ['Warn: retrying', 'warn'],
    ['2026-11-20 18:00:00,123 [main] ERROR c.e.App - no', 'error'],
    ['2026-11-20T18:00:00.123Z WARN crane: late', 'warn'],
    ['[INFO] started without error', 'info'],
    ['level=info msg="no error here"', 'info'],
    ['{"level":"error","msg":"x"}', 'error'],
    ['{"severity": "WARNING"}', 'warn'],
    ['lvl=dbg tick', 'debug'],
    ['panic: runtime error: index out of range', 'error'],
    ['E1120 nothing', null],
    ['GET /errors_total 200', null],
    ['mirror and terror', null],
    ['', null],
    ['日志 error 出错', 'error'],
  ])('%s', (line, level) => {
    expect(levelOf(line)).toBe(level)
  })

  it('is read from the front of a very long line only', () => {
    expect(levelOf(`${'x '.repeat(5000)} error`)).toBeNull()
  })
})

describe('loud words', () => {
  it('are found with their place and kind', () => {
    expect(loudWords('an ERROR after a Warning')).toEqual([
      { start: 3, end: 8, level: 'error' },
      { start: 17, end: 24, level: 'warn' },
    ])
  })

  it('are whole words', () => {
    expect(loudWords('errored forewarning error_count')).toEqual([])
  })
})
