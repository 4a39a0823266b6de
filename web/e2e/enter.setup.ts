import { expect } from '@playwright/test'
import { email, password, test as setup } from './crane'

const link = process.env['CRANE_SETUP_LINK']
const code = process.env['CRANE_SETUP_CODE']

setup('the first administrator is made, or one signs in', async ({ page }) => {
  const { needed } = (await (await page.request.get('/api/v1/setup')).json()) as { needed: boolean }
  if (needed) {
    if (link !== undefined) await page.goto(link)
    else await page.goto(`/setup#${code ?? ''}`)
    await expect(page.getByRole('heading', { name: 'Welcome to Crane' })).toBeVisible()
    // The code must not stay in the address.
    await expect.poll(() => new URL(page.url()).hash).toBe('')
    await page.getByLabel('E-mail address').fill(email)
    const field = page.getByRole('textbox', { name: 'Password' })
    await field.fill('short')
    await expect(page.getByText('more characters are needed')).toBeVisible()
    await expect(page.getByRole('button', { name: 'Create administrator' })).toBeDisabled()
    await field.fill(password)
    await page.getByRole('button', { name: 'Create administrator' }).click()
  } else {
    await page.goto('/nodes?q=a')
    await expect(page).toHaveURL(/\/sign-in/)
    await page.getByLabel('E-mail address').fill(email)
    await page.getByRole('textbox', { name: 'Password' }).fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    // One lands where one wanted to go.
    await expect(page).toHaveURL(/\/nodes\?q=a/)
    await page.goto('/')
  }
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible()
  const cookies = await page.context().cookies()
  expect(cookies.find(({ name }) => name === '__Host-crane')).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Strict' })
  await page.context().storageState({ path: 'test-results/e2e-session.json' })
})
