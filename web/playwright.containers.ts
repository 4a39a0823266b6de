import { defineConfig } from '@playwright/test'

/** The pages of containers and services in a real browser against a made-up manager: `npm run build` first. */
export default defineConfig({
  testDir: './tests/containers',
  outputDir: './test-results/containers',
  workers: 1,
  reporter: 'list',
  timeout: 30_000,
  use: {
    launchOptions: { executablePath: process.env['CRANE_CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] },
    permissions: ['clipboard-read', 'clipboard-write'],
  },
})
