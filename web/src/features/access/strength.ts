/** Why a password is not good enough, or what would make it better. */
export type Weakness = 'tooShort' | 'tooLong' | 'repeats' | 'sequence' | 'common' | 'likeEmail' | 'addVariety'

export interface Strength {
  /** From 0, which the manager refuses, to 4. */
  score: 0 | 1 | 2 | 3 | 4
  weakness: Weakness | null
  /** Characters that are missing to the least length. */
  missing: number
}

/** As the manager demands it, in manager/src/access/rules.rs. */
const SHORTEST = 12
const LONGEST_BYTES = 1024

/** Beginnings and words that every guesser tries; the manager keeps a list of its own. */
const COMMON = /^(?:p[a@4]ss?w[o0]rd|qwert|qazwsx|1qaz2wsx|zaq12wsx|iloveyou|letmein|admin|administrator|welcome|changeme|docker|swarm|crane|root|superadmin|trustno1|correcthorsebattery)+(?:staple)?[\d!@#$%^&*._-]{0,8}$/

/** What stands between a password and its guesser; pure, so that it can be shown at each keystroke. */
export function strength(password: string, email: string): Strength {
  const letters = Array.from(password)
  const missing = Math.max(0, SHORTEST - letters.length)
  const refused = (weakness: Weakness): Strength => ({ score: 0, weakness, missing })
  if (missing > 0) return refused('tooShort')
  if (new TextEncoder().encode(password).length > LONGEST_BYTES) return refused('tooLong')
  const plain = Array.from(password.toLowerCase().replace(/\s/g, ''))
  const text = plain.join('')
  if (COMMON.test(text)) return refused('common')
  if (repeats(plain)) return refused('repeats')
  if (counts(plain, 1) || counts(plain, -1)) return refused('sequence')
  const local = email.toLowerCase().split('@')[0] ?? ''
  if (text === email.toLowerCase() || (local !== '' && text.split(local).join('').length < 6)) return refused('likeEmail')

  const bits = new Set(letters).size ** 0.5 * letters.length ** 0.5 * Math.log2(pool(password))
  const score = bits < 42 ? 1 : bits < 58 ? 2 : bits < 76 ? 3 : 4
  return { score, weakness: score < 3 ? 'addVariety' : null, missing: 0 }
}

/** How many characters a guesser has to consider at each place. */
function pool(password: string): number {
  let size = 0
  if (/[a-z]/.test(password)) size += 26
  if (/[A-Z]/.test(password)) size += 26
  if (/\d/.test(password)) size += 10
  if (/[ -/:-@[-`{-~]/.test(password)) size += 33
  if (/[^\0-~]/.test(password)) size += 100
  return Math.max(2, size)
}

/** A piece of at most six characters again and again. */
function repeats(text: readonly string[]): boolean {
  for (let piece = 1; piece <= 6 && 2 * piece <= text.length; piece += 1) {
    if (text.every((letter, at) => at < piece || letter === text[at - piece])) return true
  }
  return false
}

/** Every step is one up, or one down; 9 and 0 are neighbours. */
function counts(text: readonly string[], by: 1 | -1): boolean {
  return text.every((letter, at) => {
    const before = text[at - 1]
    if (at === 0 || before === undefined) return true
    if (before === '9' && letter === '0') return by === 1
    if (before === '0' && letter === '9') return by === -1
    return (letter.codePointAt(0) ?? 0) - (before.codePointAt(0) ?? 0) === by
  })
}
