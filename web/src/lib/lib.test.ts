import { describe, expect, test } from 'vitest'
import { backoff } from './backoff'
import { bytes, rate } from './bytes'
import { fill } from './i18n'
import { match } from './match'
import { cores, percent, share } from './numbers'
import { pickLanguage } from './preferences'
import { ago, duration } from './time'

describe('bytes', () => {
  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '0.98 KiB'],
    [1024, '1 KiB'],
    [1536, '1.5 KiB'],
    [1023.7 * 1024, '1 MiB'],
    [12.34 * 1024 ** 2, '12.3 MiB'],
    [480 * 1024 ** 3, '480 GiB'],
    [5000 * 1024 ** 5, '5000 PiB'],
    [-2048, '-2 KiB'],
    [Number.NaN, '–'],
  ])('%d is %s', (value, text) => expect(bytes(value)).toBe(text))

  test('a rate says per second', () => expect(rate(2048)).toBe('2 KiB/s'))
})

describe('numbers', () => {
  test.each([
    [0, '0%'],
    [0.04, '0%'],
    [6.12, '6.1%'],
    [9.96, '10%'],
    [141.4, '141%'],
    [Number.NaN, '–'],
  ])('%d percent is %s', (value, text) => expect(percent(value)).toBe(text))

  test('a share of nothing is nothing, never NaN', () => expect(share(5, 0)).toBe(0))

  test.each([
    [0.25, '0.25'],
    [8.1, '8.1'],
    [12.34, '12.3'],
    [128, '128'],
  ])('%d cores are %s', (value, text) => expect(cores(value)).toBe(text))
})

describe('time', () => {
  const now = Date.parse('2026-11-20T12:00:00Z')
  test.each([
    ['2026-11-20T11:59:57Z', 'en', 'now'],
    ['2026-11-20T11:59:30Z', 'en', '30 sec. ago'],
    ['2026-11-20T11:55:10Z', 'en', '4 min. ago'],
    ['2026-11-20T09:01:00Z', 'en', '2 hr. ago'],
    ['2026-11-20T12:15:00Z', 'en', 'in 15 min.'],
    ['2026-11-20T11:55:10Z', 'zh-CN', '4分钟前'],
    ['not a date', 'en', '–'],
  ])('%s in %s is %s', (at, language, text) => expect(ago(at, now, language)).toBe(text))

  test.each([
    [0, '0s'],
    [59.9, '59s'],
    [3600, '1h'],
    [3605, '1h'],
    [3725, '1h 2m'],
    [1_812_345, '20d 23h'],
    [-4, '0s'],
  ])('%d seconds last %s', (seconds, text) => expect(duration(seconds)).toBe(text))

  test('a length of time is said in Chinese too', () => expect([0, 3725, 1_812_345].map((seconds) => duration(seconds, 'zh-CN'))).toEqual(['0秒', '1小时2分', '20天23小时']))
})

describe('texts', () => {
  test('values stand where their names stand, numbers in the way of the language', () => {
    expect(fill('{name} has {n} left', { name: 'web', n: 12345 }, 'en')).toBe('web has 12,345 left')
  })

  test('a counting text takes one or other', () => {
    const message = { one: '{n} node', other: '{n} nodes' }
    expect(fill(message, { n: 1 }, 'en')).toBe('1 node')
    expect(fill(message, { n: 0 }, 'en')).toBe('0 nodes')
  })

  test('a value is never read as a pattern', () => {
    expect(fill('{a} {b}', { a: '{b}', b: '$&' }, 'en')).toBe('{b} $&')
  })
})

describe('the language', () => {
  test('that was chosen wins over the browser', () => expect(pickLanguage('en', ['zh-CN'])).toBe('en'))
  test('is the first of the browser that we speak', () => expect(pickLanguage(null, ['fr-FR', 'zh-Hans-CN', 'en'])).toBe('zh'))
  test('is English where we speak none', () => expect(pickLanguage('klingon', ['fr'])).toBe('en'))
})

describe('match', () => {
  test('finds words in any order and letters in theirs', () => {
    expect(match('web shop', 'shop_web.1')).not.toBeNull()
    expect(match('swb', 'shop_web')).not.toBeNull()
    expect(match('bws', 'shop_web')).toBeNull()
  })

  test('the start of a word beats its middle, and a whole beats scattered letters', () => {
    const at = (text: string) => match('web', text) ?? -1
    expect(at('shop_web')).toBeGreaterThan(at('cobweb'))
    expect(at('cobweb')).toBeGreaterThan(at('we are bad'))
  })
})

describe('backoff', () => {
  test('doubles, ends at 15 s, and keeps at least half of it', () => {
    expect(backoff(0, 0)).toBe(250)
    expect(backoff(0, 1)).toBe(500)
    expect(backoff(1, 1)).toBe(1000)
    expect(backoff(50, 1)).toBe(15_000)
    expect(backoff(50, 0)).toBe(7500)
  })
})
