import { useSyncExternalStore } from 'react'

/** What the browser remembers of its user: theme and language. Nothing secret is ever kept here. */
export type Theme = 'system' | 'light' | 'dark'
export type Language = 'en' | 'zh'

export const LANGUAGES: readonly { id: Language; name: string; tag: string }[] = [
  { id: 'en', name: 'English', tag: 'en' },
  { id: 'zh', name: '简体中文', tag: 'zh-CN' },
]

const listeners = new Set<() => void>()

function read(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

function write(key: string, value: string) {
  try {
    localStorage.setItem(key, value)
  } catch {
    // Storage is forbidden: the choice lasts as long as the page.
  }
}

function firstTheme(): Theme {
  const kept = read('crane.theme')
  return kept === 'light' || kept === 'dark' ? kept : 'system'
}

/** The first language of the browser that we speak; English when there is none. */
export function pickLanguage(kept: string | null, wanted: readonly string[]): Language {
  if (kept === 'en' || kept === 'zh') return kept
  for (const tag of wanted) {
    const known = LANGUAGES.find(({ id }) => tag.toLowerCase() === id || tag.toLowerCase().startsWith(`${id}-`))
    if (known) return known.id
  }
  return 'en'
}

let theme: Theme = firstTheme()
let language: Language = pickLanguage(read('crane.language'), navigator.languages)

function dark(): boolean {
  return theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
}

function show() {
  document.documentElement.dataset.theme = dark() ? 'dark' : 'light'
  document.documentElement.lang = languageTag(language)
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export function languageTag(of: Language): string {
  return LANGUAGES.find(({ id }) => id === of)?.tag ?? 'en'
}

export function currentLanguage(): Language {
  return language
}

export function setLanguage(next: Language) {
  language = next
  write('crane.language', next)
  show()
}

export function setTheme(next: Theme) {
  theme = next
  write('crane.theme', next)
  show()
}

export function useLanguage(): Language {
  return useSyncExternalStore(subscribe, () => language)
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, () => theme)
}

/** True while the page is shown dark, whatever the reason. */
export function useDark(): boolean {
  return useSyncExternalStore(subscribe, dark)
}

/** Called once, before the first render. */
export function startPreferences() {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', show)
  show()
}
