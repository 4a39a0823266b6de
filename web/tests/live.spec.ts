import { expect, test } from '@playwright/test'
import { containers, nodes } from './cluster'
import { FixtureManager } from './manager'

/** What the pages do while they are looked at: the parts of it that need no manager of flesh and blood. */
let manager: FixtureManager
let url: string

test.use({ locale: 'en-GB', reducedMotion: 'reduce' })

test.beforeEach(async () => {
  manager = new FixtureManager('full')
  url = await manager.start()
})

test.afterEach(() => manager.stop())

const template = () => {
  const [node] = nodes
  if (!node) throw new Error('the cluster has no node')
  return node
}

test('a node that joins while the line is shown is celebrated, and leads to its page', async ({ page }) => {
  await page.goto(`${url}/nodes`)
  await page.getByRole('button', { name: 'Add a node' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByText('Waiting for the node…')).toBeVisible()
  manager.tell({ kind: 'node', node: { ...template(), id: 'feedfacefeedface', name: 'brand-new', joined: new Date().toISOString() } })
  await expect(dialog.getByText('brand-new has joined')).toBeVisible()
  await dialog.getByRole('button', { name: 'Open the node' }).click()
  await expect(page.getByRole('heading', { name: 'brand-new', level: 1 })).toBeVisible()
})

test('what the feed says is on the page without a new question', async ({ page }) => {
  await page.goto(`${url}/nodes`)
  const row = page.getByRole('row').filter({ hasText: 'fra1-worker-01' })
  await expect(row.getByText('Connected')).toBeVisible()
  const node = nodes[1] ?? template()
  manager.tell({ kind: 'node', node: { ...node, connected: false } })
  await expect(row.getByText('Away')).toBeVisible()
  manager.tell({ kind: 'node_gone', id: node.id })
  await expect(row).toHaveCount(0)
})

test('trouble shows on the overview when it comes and goes when it is over', async ({ page }) => {
  await page.goto(url)
  const well = containers.find(({ health, state }) => health === 'healthy' && state === 'running')
  if (!well) throw new Error('no container is well')
  const line = page.getByRole('link', { name: new RegExp(`${well.name.replaceAll('.', '\\.')}.*Unhealthy`) })
  await expect(page.getByRole('heading', { name: 'Needs attention' })).toBeVisible()
  await expect(line).toHaveCount(0)
  manager.tell({ kind: 'container', container: { ...well, health: 'unhealthy' } })
  await expect(line).toBeVisible()
  manager.tell({ kind: 'container', container: well })
  await expect(line).toHaveCount(0)
})

test('a lost connection is told, and no longer once it is back', async ({ page }) => {
  await page.goto(`${url}/nodes`)
  await expect(page.getByRole('link', { name: 'fra1-worker-01' })).toBeVisible()
  const banner = page.getByText('The connection to the manager is lost.')
  manager.away = true
  manager.hangUp()
  await expect(banner).toBeVisible({ timeout: 20_000 })
  // What was known stays on the page.
  await expect(page.getByRole('link', { name: 'fra1-worker-01' })).toBeVisible()
  manager.away = false
  await page.getByRole('button', { name: 'Try now' }).click()
  await expect(banner).toHaveCount(0)
})

test('a session that ended leads to the sign-in, and back to the page', async ({ page }) => {
  await page.goto(`${url}/nodes?q=fra1`)
  await expect(page.getByRole('link', { name: 'fra1-worker-01' })).toBeVisible()
  manager.scenario = 'signedOut'
  manager.tell({ kind: 'reset' })
  await expect(page).toHaveURL(/\/sign-in\?to=%2Fnodes%3Fq%3Dfra1/)
  await expect(page.getByRole('heading', { name: 'Sign in to Crane' })).toBeVisible()
})

test('the whole panel works from the keyboard', async ({ page }) => {
  await page.goto(url)
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible()
  await page.keyboard.press('g')
  await page.keyboard.press('n')
  await expect(page.getByRole('heading', { name: 'Nodes', level: 1 })).toBeVisible()
  await page.keyboard.press('/')
  await page.keyboard.type('worker-02')
  await expect(page).toHaveURL(/q=worker-02/)
  await expect(page.getByRole('link', { name: 'fra1-worker-01' })).toHaveCount(0)
  await page.keyboard.press('Escape')
  await expect(page.getByRole('link', { name: 'fra1-worker-01' })).toBeVisible()
  await page.keyboard.press('Control+k')
  await page.keyboard.type('edge berlin')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'edge-berlin-rooftop-weather-station-7', level: 1 })).toBeVisible()
  const before = await page.locator('html').getAttribute('data-theme')
  await page.keyboard.press('t')
  await expect(page.locator('html')).not.toHaveAttribute('data-theme', before ?? '')
})
