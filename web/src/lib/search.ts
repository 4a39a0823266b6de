/** The search of an address with some of it changed; what became empty is left out, so that a shared link stays short. */
export function changed(before: Record<string, unknown>, change: Record<string, string | undefined>): Record<string, unknown> {
  return Object.fromEntries(Object.entries({ ...before, ...change }).filter(([, value]) => value !== ''))
}
