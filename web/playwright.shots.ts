import { defineConfig } from '@playwright/test'
import { launchOptions } from './tests/browser'

/**
 * The built dashboard in a real browser against made-up managers: `npm run shots` looks at every page in every look
 * (pictures land in test-results/shots), `npm run behaves` asks what the pages do.
 */
export default defineConfig({
  testDir: './tests',
  outputDir: './test-results/shots-run',
  workers: 1,
  reporter: 'list',
  timeout: 60_000,
  use: { launchOptions, permissions: ['clipboard-read', 'clipboard-write'] },
  projects: [
    { name: 'shots', testMatch: /shots\.spec\.ts$/ },
    { name: 'behaves', testMatch: /\.spec\.ts$/, testIgnore: /shots\.spec\.ts$/ },
  ],
})
