import { describe, expect, it } from 'vitest'
import { fullTime, timeText } from './time'

const now = Date.parse('2026-11-20T18:00:00Z')

describe('the time of a line', () => {
  it.each([
    ['2026-11-20T17:59:59.123456789Z', 'utc', '17:59:59.123Z'],
    ['2026-11-19T17:59:59.123456789Z', 'utc', '11-19 17:59:59Z'],
    ['2026-11-20T17:59:57.5Z', 'relative', '-2.5s'],
    ['2026-11-20T17:57:57Z', 'relative', '-2m 03s'],
    ['2026-11-20T14:57:57Z', 'relative', '-3h 02m'],
    ['2026-11-17T14:00:00Z', 'relative', '-3d 04h'],
    ['2026-11-20T18:00:01Z', 'relative', '+1.0s'],
    ['no time', 'utc', 'no time'],
  ] as const)('%s as %s', (at, style, text) => {
    expect(timeText(at, style, now)).toBe(text)
  })

  it('is kept to the nanosecond for copying', () => {
    expect(fullTime('2026-11-20T17:59:59.123456789Z')).toBe('2026-11-20 17:59:59.123456789 UTC')
    expect(fullTime('2026-11-20T17:59:59Z')).toBe('2026-11-20 17:59:59.000000000 UTC')
  })

  it('in the zone of the reader agrees with the clock of the machine', () => {
    const at = new Date(now - 1000)
    const hours = String(at.getHours()).padStart(2, '0')
    expect(timeText(at.toISOString(), 'local', now).slice(-12, -10)).toBe(hours)
  })
})
