/**
 * How bad a line is, read from its words: what a person's eye would catch on.
 *
 * A stated level (`level=warn`, `"severity":"ERROR"`, `[INFO]`, `WARN:` at the start) counts before words in the middle,
 * so that `level=info msg="no error"` stays quiet.
 */

export type Level = 'error' | 'warn' | 'info' | 'debug'

/** A word to colour, as a range of the plain text. */
export interface Word {
  start: number
  end: number
  level: 'error' | 'warn'
}

/** Only so much of a line is looked at: levels stand at the front, and lines can be 64 KiB. */
const LOOK = 2048

const WORDS: Record<string, Level> = {
  emerg: 'error',
  emergency: 'error',
  alert: 'error',
  crit: 'error',
  critical: 'error',
  fatal: 'error',
  panic: 'error',
  error: 'error',
  err: 'error',
  severe: 'error',
  eror: 'error',
  exception: 'error',
  warning: 'warn',
  warn: 'warn',
  wrn: 'warn',
  notice: 'info',
  info: 'info',
  information: 'info',
  inf: 'info',
  debug: 'debug',
  dbg: 'debug',
  trace: 'debug',
  verbose: 'debug',
}

const STATED = /(?:^|[\s,{"'])(?:level|lvl|severity|loglevel|log\.level)["']?\s*[=:]\s*["']?([a-z]+)/i
/** Up to a date, a name and brackets before the word: `2026-11-20 18:00:00.123 [main] ERROR …`. */
const LEADING =
  /^[^a-z]{0,48}(?:\d{4}-\d\d-\d\d[t ][\d:.,]+(?:z|[+-]\d\d:?\d\d)?)?\W{0,8}(?:\[[^\]]{0,40}\]\W{0,4})?\b(emerg|alert|crit|critical|fatal|panic|error|err|severe|warning|warn|wrn|notice|info|inf|debug|dbg|trace|verbose)\b/i
const LOUD = /\b(emerg|emergency|crit|critical|fatal|panic|error|errors|err|severe|exception|warning|warnings|warn|wrn)\b/gi

/** The level of a line, or `null` when it says nothing. */
export function levelOf(text: string): Level | null {
  const head = text.length > LOOK ? text.slice(0, LOOK) : text
  const stated = STATED.exec(head) ?? LEADING.exec(head)
  if (stated) {
    const level = WORDS[(stated[1] ?? '').toLowerCase()]
    if (level !== undefined) return level
  }
  let found: Level | null = null
  for (const word of loudWords(head)) {
    if (word.level === 'error') return 'error'
    found = 'warn'
  }
  return found
}

/** The words ERROR, WARNING and their kin, to be coloured where they stand. */
export function loudWords(text: string): Word[] {
  const head = text.length > LOOK ? text.slice(0, LOOK) : text
  const words: Word[] = []
  for (const match of head.matchAll(LOUD)) {
    const word = match[0].toLowerCase()
    words.push({
      start: match.index,
      end: match.index + word.length,
      level: word.startsWith('w') ? 'warn' : 'error',
    })
  }
  return words
}
