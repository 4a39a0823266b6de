/**
 * Which values of an environment a page hides until they are asked for.
 *
 * This is for eyes over shoulders and screenshots, not for rights: who may not know a value is not sent it.
 */
export interface EnvEntry {
  name: string
  value: string
  secret: boolean
}

const NAMES =
  /pass(?:w(?:or)?d|phrase)?(?:$|[_\d])|pwd|secret|token|credential|api_?key|access_?key|private|_key$|^key$|auth(?!or)|dsn|salt|cookie|signature|webhook/i
const VALUES =
  /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^/\s@]+@|-----BEGIN [A-Z ]*PRIVATE KEY-----|^eyJ[\w-]+\.[\w-]+\.|^(?:ghp|gho|glpat|xox[abp]|sk|crane_pat|crane1)[_-]/

/** `FOO_FILE=/run/secrets/foo` names a file, which is no secret. */
export function isSecretLike(name: string, value: string): boolean {
  if (value === '') return false
  if (VALUES.test(value)) return true
  if (/_FILE$/i.test(name) && value.startsWith('/')) return false
  return NAMES.test(name)
}

/** `NAME=value` lines as the engine writes them; the value may hold `=` itself. */
export function readEnv(lines: readonly unknown[]): EnvEntry[] {
  return lines
    .filter((line): line is string => typeof line === 'string')
    .map((line) => {
      const cut = line.indexOf('=')
      const name = cut < 0 ? line : line.slice(0, cut)
      const value = cut < 0 ? '' : line.slice(cut + 1)
      return { name, value, secret: isSecretLike(name, value) }
    })
    .sort((a, b) => a.name.localeCompare(b.name, 'en'))
}
