/** How long to wait before try number `attempt` (from 0): doubles from half a second to 15 s, and half of it is dice so that a crowd does not come back at once. */
export function backoff(attempt: number, dice: number): number {
  const full = Math.min(15_000, 500 * 2 ** Math.min(attempt, 10))
  return full / 2 + (full / 2) * dice
}
