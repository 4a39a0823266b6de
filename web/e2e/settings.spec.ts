import { expect } from '@playwright/test'
import { test } from './crane'

test('an API token is made, works, and is refused once it is revoked', async ({ page, playwright, baseURL }) => {
  const name = `e2e ${Date.now()}`
  await page.goto('/settings')
  await page.getByRole('button', { name: 'New API token' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill(name)
  await dialog.getByRole('button', { name: 'Create token' }).click()
  const secret = (await dialog.locator('code').innerText()).trim()
  expect(secret).toMatch(/^crane_pat_/)
  await dialog.getByRole('button', { name: 'Done' }).click()

  const outside = await playwright.request.newContext({ ...(baseURL === undefined ? {} : { baseURL }), ignoreHTTPSErrors: true, extraHTTPHeaders: { Authorization: `Bearer ${secret}` } })
  expect((await outside.get('/api/v1/nodes')).status()).toBe(200)
  // A token of a viewer looks and does nothing else, and never makes another token.
  expect((await outside.post('/api/v1/join-tokens', { data: {} })).status()).toBe(403)
  expect((await outside.post('/api/v1/tokens', { data: { name: 'second', role: 'viewer' } })).status()).toBe(403)

  await page.getByRole('button', { name: `Revoke ${name}` }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
  await expect(page.getByRole('cell', { name, exact: true })).toHaveCount(0)
  expect((await outside.get('/api/v1/nodes')).status()).toBe(401)
  await outside.dispose()
})

test('what was done stands in the audit log', async ({ page }) => {
  await page.goto('/audit')
  await expect(page.getByRole('table', { name: 'Audit log' })).toBeVisible()
  await expect(page.getByRole('cell', { name: /token/ }).first()).toBeVisible()
})

test('language and theme change at once and stay', async ({ page }) => {
  await page.goto('/settings')
  await page.getByRole('button', { name: 'Your account' }).click()
  await page.getByRole('menuitemradio', { name: '简体中文' }).click()
  await expect(page.getByRole('heading', { name: '设置' })).toBeVisible()
  await page.getByRole('menuitemradio', { name: '深色' }).click()
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  await page.reload()
  await expect(page.getByRole('heading', { name: '设置' })).toBeVisible()
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
})

test('signing out ends the session, and the way back leads through the sign-in', async ({ browser, baseURL }) => {
  const { email, password } = await import('./crane')
  const context = await browser.newContext({ ...(baseURL === undefined ? {} : { baseURL }), ignoreHTTPSErrors: true, locale: 'en-GB', storageState: { cookies: [], origins: [] } })
  const page = await context.newPage()
  await page.goto('/audit')
  await expect(page).toHaveURL(/\/sign-in/)
  await page.getByLabel('E-mail address').fill(email)
  const field = page.getByRole('textbox', { name: 'Password' })
  await field.fill('certainly not this one')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByText('E-mail address or password is wrong.')).toBeVisible()
  await field.fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page).toHaveURL(/\/audit$/)
  await page.getByRole('button', { name: 'Your account' }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await expect(page).toHaveURL(/\/sign-in/)
  expect((await context.request.get('/api/v1/nodes')).status()).toBe(401)
  await context.close()
})
