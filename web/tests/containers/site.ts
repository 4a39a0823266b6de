import { test as base, type Page } from '@playwright/test'
import { preview, type Plugin } from 'vite'
import type { Language, Theme } from '@/lib/preferences'
import { containers, liveFrame } from './cluster'
import { serve, type Given } from './manager'

export interface Look {
  theme?: Theme
  language?: Language
}

interface Site {
  /** Opens a page of the built dashboard, under the policy the manager sends, with a made-up manager behind it. */
  open: (path: string, given?: Given, look?: Look) => Promise<void>
  /** What the browser said against the page: errors, and breaches of the policy. */
  complaints: string[]
}

/** The two event streams of the manager; a test's own routes cannot answer piece by piece. */
const streams: Plugin = {
  name: 'streams',
  configurePreviewServer: ({ middlewares }) => {
    middlewares.use('/api/v1', (request, response, next) => {
      const url = new URL(request.url ?? '/', 'http://here')
      if (url.pathname !== '/feed' && url.pathname !== '/stats') {
        next()
        return
      }
      response.writeHead(200, { 'Content-Type': 'text/event-stream' })
      response.write(': hello\n\n')
      if (url.pathname === '/feed') return
      const of = containers.find(({ id }) => id === url.searchParams.get('container')) ?? containers[0]
      if (!of) return
      let second = -30
      const tick = () => response.write(`data: ${JSON.stringify(liveFrame(of, second++))}\n\n`)
      while (second < 2) tick()
      const timer = setInterval(tick, 1000)
      response.on('close', () => clearInterval(timer))
    })
  },
}

export const test = base.extend<Site, { address: string }>({
  address: [
    // eslint-disable-next-line no-empty-pattern
    async ({}, give) => {
      const server = await preview({ preview: { port: 0, host: '127.0.0.1' }, logLevel: 'error', plugins: [streams] })
      const address = server.httpServer.address()
      await give(typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '')
      if ('closeAllConnections' in server.httpServer) server.httpServer.closeAllConnections()
      await server.close()
    },
    { scope: 'worker' },
  ],
  complaints: async ({ page }, give) => {
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('console', (message) => {
      // A refused answer is what some tests are about; the browser reports each.
      if (message.type() === 'error' && !message.text().includes('Failed to load resource')) complaints.push(message.text())
    })
    await give(complaints)
  },
  open: async ({ page, address }, give) => {
    await give(async (path, given = {}, { theme = 'light', language = 'en' } = {}) => {
      await page.addInitScript(
        ([kept, spoken]) => {
          localStorage.setItem('crane.theme', kept)
          localStorage.setItem('crane.language', spoken)
        },
        [theme, language] as const,
      )
      await serve(page, given)
      await page.goto(address + path)
    })
  },
})

/** Waits until nothing on the page moves any more. */
export async function settle(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor()
  await page.locator('[role=status][aria-label]').first().waitFor({ state: 'hidden' })
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
}
