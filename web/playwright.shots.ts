import { defineConfig } from '@playwright/test'
import { launchOptions } from './tests/browser'

/** Every page looked at against fixtures: run `npm run build` first; pictures land in test-results/shots. */
export default defineConfig({
  testDir: './tests',
  outputDir: './test-results/shots-run',
  workers: 1,
  reporter: 'list',
  timeout: 60_000,
  use: { launchOptions },
})
