import { defineConfig } from '@playwright/test'
import { launchOptions } from './tests/browser'

/**
 * The dashboard in a real browser against a real manager with a real cluster behind it.
 *
 * CRANE_URL            the manager, e.g. https://127.0.0.1:7443
 * CRANE_SETUP_LINK     its set-up link while it has no administrator (or CRANE_SETUP_CODE, only the code), or else
 * CRANE_EMAIL, CRANE_PASSWORD   who signs in; with a set-up link these become the administrator
 */
export default defineConfig({
  testDir: './e2e',
  outputDir: './test-results/e2e',
  workers: 1,
  fullyParallel: false,
  reporter: 'list',
  timeout: 90_000,
  expect: { timeout: 20_000 },
  use: {
    baseURL: process.env['CRANE_URL'] ?? 'https://127.0.0.1:7443',
    ignoreHTTPSErrors: true,
    locale: 'en-GB',
    reducedMotion: 'reduce',
    viewport: { width: 1440, height: 900 },
    screenshot: 'only-on-failure',
    launchOptions,
  },
  projects: [
    { name: 'enter', testMatch: 'enter.setup.ts' },
    { name: 'pages', testMatch: '*.spec.ts', dependencies: ['enter'], use: { storageState: 'test-results/e2e-session.json' } },
  ],
})
