import { expect } from '@playwright/test'
import type { List, Node, Overview } from '../src/api/types'
import { ask, test } from './crane'

test('the overview shows what the manager counts', async ({ page, request }) => {
  await page.goto('/')
  const { nodes_total, containers_total } = await ask<Overview>(request, '/overview')
  expect(nodes_total).toBeGreaterThan(0)
  await expect(page.getByRole('link', { name: new RegExp(`^Nodes .* of ${nodes_total} connected`) })).toBeVisible()
  await expect(page.getByRole('link', { name: new RegExp(`^Containers .* of ${containers_total} running`) })).toBeVisible()
})

test('every node is in the list, and its page says what it is and does, live', async ({ page, request }) => {
  const { items } = await ask<List<Node>>(request, '/nodes')
  await page.goto('/nodes')
  for (const { name } of items) await expect(page.getByRole('link', { name, exact: true })).toBeVisible()
  const here = items.find(({ connected }) => connected)
  if (!here) throw new Error('no node is connected')
  await page.getByRole('link', { name: here.name, exact: true }).click()
  await expect(page.getByRole('heading', { name: here.name, level: 1 })).toBeVisible()
  await expect(page.getByText(here.facts?.kernel ?? 'no kernel')).toBeVisible()
  await expect(page.getByText(here.id)).toBeVisible()
  // The badge stands there only once a live frame came.
  await expect(page.getByText('Live', { exact: true }).first()).toBeVisible()
})

test('images, networks, volumes and the doctor of a node answer', async ({ page, request }) => {
  const { items } = await ask<List<Node>>(request, '/nodes')
  const here = items.find(({ connected, engine_ok }) => connected && engine_ok)
  if (!here) throw new Error('no node is connected')
  await page.goto(`/nodes/${here.name}`)
  await page.getByRole('tab', { name: 'Networks' }).click()
  await expect(page.getByRole('cell', { name: 'host', exact: true }).first()).toBeVisible()
  for (const tab of ['Images', 'Volumes', 'Doctor']) {
    await page.getByRole('tab', { name: tab }).click()
    await expect(page.getByRole('tabpanel', { name: tab })).toBeVisible()
    await expect(page.getByRole('tabpanel').getByRole('status', { name: 'Loading…' })).toHaveCount(0)
    await expect(page.getByRole('tabpanel').getByRole('alert')).toHaveCount(0)
  }
  await page.reload()
  await expect(page.getByRole('tab', { name: 'Doctor', selected: true })).toBeVisible()
})

test('adding a node shows one line with a pinned key and waits', async ({ page }) => {
  await page.goto('/nodes')
  await page.getByRole('button', { name: 'Add a node' }).first().click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.locator('code')).toContainText(/--pinnedpubkey 'sha256\/\/.*install\.sh.*crane1_/s)
  await expect(dialog.getByText('Waiting for the node…')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(dialog).toHaveCount(0)
})

test('the palette finds a node by name and goes there', async ({ page, request }) => {
  const { items } = await ask<List<Node>>(request, '/nodes')
  const name = items[0]?.name ?? ''
  await page.goto('/')
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible()
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').fill(name)
  await page.getByRole('option').filter({ hasText: name }).first().click()
  await expect(page).toHaveURL(new RegExp(`/nodes/${name}`))
})
