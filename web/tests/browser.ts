import type { LaunchOptions } from '@playwright/test'

/** Debian's Chromium; CRANE_CHROMIUM names another. */
export const launchOptions: LaunchOptions = {
  executablePath: process.env['CRANE_CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
}
