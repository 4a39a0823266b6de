import { expect, test } from 'vitest'
import type { Messages } from './lib/i18n'

const english = import.meta.glob<{ en: Messages }>('./**/text.en.ts', { eager: true })
const chinese = import.meta.glob<{ zh: Messages }>('./**/text.zh.ts', { eager: true })

const features = Object.keys(english).map((path) => [path.replace(/text\.en\.ts$/, ''), path] as const)

test('every part of the dashboard has texts, and each in both languages', () => {
  expect(features.length).toBeGreaterThan(5)
  expect(Object.keys(chinese).map((path) => path.replace('.zh.', '.en.')).sort()).toEqual(Object.keys(english).sort())
})

function tables(path: string): { en: Messages; zh: Messages } {
  return { en: english[path]?.en ?? {}, zh: chinese[path.replace('.en.', '.zh.')]?.zh ?? {} }
}

test.each(features)('%s says the same things in both languages', (_, path) => {
  const { en, zh } = tables(path)
  expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort())
})

test.each(features)('%s names the same values in both languages', (_, path) => {
  const { en, zh } = tables(path)
  for (const [key, message] of Object.entries(en)) {
    const names = (of: Messages[string] | undefined) =>
      [...new Set(((typeof of === 'string' ? of : of?.other) ?? '').match(/\{\w+\}/g) ?? [])].sort()
    expect([key, ...names(zh[key])]).toEqual([key, ...names(message)])
  }
})

test.each(features)('%s leaves nothing untranslated or empty', (_, path) => {
  const { zh } = tables(path)
  for (const [key, message] of Object.entries(zh)) expect([key, message === '']).toEqual([key, false])
})
