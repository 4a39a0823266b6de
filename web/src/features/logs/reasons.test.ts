import { expect, test } from 'vitest'
import { reasonOf } from './reasons'

test('a reason that is known is said in the language of the reader', () => {
  expect(reasonOf('the container stopped')).toBe('whyStopped')
})

test('any other is shown as it came, whatever it is called', () => {
  expect(reasonOf('the log file can’t be read: input/output error')).toBeNull()
  expect(reasonOf('constructor')).toBeNull()
})
