import { describe, expect, test } from 'vitest'
import { codeOf } from './SetupPage'
import { safeTarget } from './SignInPage'
import { strength } from './strength'

describe('a password', () => {
  test.each([
    ['short', 'tooShort'],
    ['password1234', 'common'],
    ['Password@123', 'common'],
    ['correct horse battery staple', 'common'],
    ['aaaaaaaaaaaaaa', 'repeats'],
    ['abcabcabcabc', 'repeats'],
    ['123456789012', 'sequence'],
    ['zyxwvutsrqpo', 'sequence'],
    ['ada.lovelace1', 'likeEmail'],
    ['x'.repeat(30) + 'é'.repeat(600), 'tooLong'],
  ] as const)('%s is refused as %s', (password, weakness) => {
    expect(strength(password, 'ada.lovelace@example.com')).toMatchObject({ score: 0, weakness })
  })

  test('says how many characters are missing', () => expect(strength('seven77', '').missing).toBe(5))

  test('that the manager takes is never shown as refused, and longer is better', () => {
    expect(strength('kettle orbit', '').score).toBeGreaterThan(0)
    expect(strength('kettle orbit velvet mango', '').score).toBe(4)
  })
})

describe('the set-up code', () => {
  test.each([
    ['#oZ3-k_9', 'oZ3-k_9'],
    ['#code=oZ3-k_9', 'oZ3-k_9'],
    ['', ''],
    ['#%', ''],
  ])('of %s is %s', (fragment, code) => expect(codeOf(fragment)).toBe(code))
})

describe('after signing in', () => {
  test('the way leads back to where one was, never to another site', () => {
    expect(safeTarget('/nodes?q=a')).toBe('/nodes?q=a')
    for (const evil of ['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', undefined]) expect(safeTarget(evil)).toBe('/')
  })
})
