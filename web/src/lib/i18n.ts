import { useMemo } from 'react'
import { currentLanguage, languageTag, useLanguage, type Language } from '@/lib/preferences'

/**
 * Texts in two languages, typed by the English ones.
 *
 * A feature keeps `text.en.ts` and `text.zh.ts` beside each other and joins them in `text.ts`:
 * `export const useText = texts(en, zh)`. A message names its values in braces, `{name}`; one that counts is
 * `{ one, other }` and picks by the value `n`.
 */
export type Message = string | { one: string; other: string }
export type Messages = Record<string, Message>

/** The same keys in another language. Chinese has no plural: a plain text may stand for a counting one. */
export type Translation<M extends Messages> = { [K in keyof M]: Message }

type Braces<T extends string> = T extends `${string}{${infer Name}}${infer Rest}` ? Name | Braces<Rest> : never
type Names<M extends Message> = M extends string ? Braces<M> : M extends { other: infer O extends string } ? Braces<O> | 'n' : never
type Values<M extends Message> = Record<Names<M>, string | number>

export type Text<M extends Messages> = <K extends keyof M>(key: K, ...values: [Names<M[K]>] extends [never] ? [] : [Values<M[K]>]) => string

export function fill(message: Message, values: Record<string, string | number>, language: Language): string {
  const tag = languageTag(language)
  let text: string
  if (typeof message === 'string') text = message
  else text = new Intl.PluralRules(tag).select(Number(values['n'])) === 'one' ? message.one : message.other
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name]
    if (value === undefined) return whole
    return typeof value === 'number' ? new Intl.NumberFormat(tag).format(value) : value
  })
}

/** A hook that gives the function `t`, which follows the language switch. */
export function texts<const M extends Messages>(en: M, zh: Translation<M>): () => Text<M> {
  return function useText() {
    const language = useLanguage()
    return useMemo(() => textIn(en, zh, language), [language])
  }
}

/** The same outside of components, in the language of this moment. */
export function textNow<const M extends Messages>(en: M, zh: Translation<M>): Text<M> {
  return textIn(en, zh, currentLanguage())
}

function textIn<M extends Messages>(en: M, zh: Translation<M>, language: Language): Text<M> {
  const table: Translation<M> = language === 'zh' ? zh : en
  return (key, ...values) => fill(table[key], values[0] ?? {}, language)
}
