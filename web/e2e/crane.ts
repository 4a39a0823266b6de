import { expect, test as base, type APIRequestContext } from '@playwright/test'

/** Who the tests are. */
export const email = process.env['CRANE_EMAIL'] ?? 'e2e@example.com'
export const password = process.env['CRANE_PASSWORD'] ?? 'kettle orbit velvet mango'

/** The page's own complaints: scripts that failed, and everything that the Content-Security-Policy refused. */
export const test = base.extend<{ faults: string[] }>({
  faults: [
    async ({ page }, use) => {
      const faults: string[] = []
      page.on('pageerror', (error) => faults.push(error.message))
      page.on('console', (message) => {
        // The browser itself notes every refused answer; a test that provokes one knows it.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) faults.push(message.text())
      })
      await use(faults)
      expect(faults).toEqual([])
    },
    { auto: true },
  ],
})

/** Asks the manager what the pages are asked to show, with the same session. */
export async function ask<T>(request: APIRequestContext, path: string): Promise<T> {
  const answer = await request.get(`/api/v1${path}`, { headers: { 'X-Crane': '1' } })
  expect(answer.ok(), `${path}: ${answer.status()}`).toBe(true)
  return (await answer.json()) as T
}
