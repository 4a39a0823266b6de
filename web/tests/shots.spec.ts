import { expect, test, type Page } from '@playwright/test'
import { isWanted, LOOKS, nameOf, picture, VIEWPORTS } from './looks'
import { FixtureManager, type Scenario } from './manager'

/** One page in one state; `do` brings it there when the address alone does not. */
interface Shot {
  name: string
  path: string
  scenario?: Scenario
  do?: (page: Page, manager: FixtureManager) => Promise<void>
}

const node = '/nodes/fra1-worker-01'

const shots: Shot[] = [
  { name: 'setup', path: '/setup#oZ3kq9', scenario: 'setup', do: (page) => page.locator('input[name=password]').fill('correct horse') },
  { name: 'sign-in', path: '/', scenario: 'signedOut' },
  {
    name: 'sign-in-wrong',
    path: '/sign-in',
    scenario: 'signedOut',
    do: async (page) => {
      await page.locator('input[name=email]').fill('ada@example.com')
      await page.locator('input[name=password]').fill('wrong')
      await page.locator('button[type=submit]').click()
      await page.getByRole('alert').waitFor()
    },
  },
  { name: 'overview', path: '/' },
  { name: 'overview-empty', path: '/', scenario: 'empty' },
  { name: 'overview-broken', path: '/', scenario: 'broken' },
  { name: 'nodes', path: '/nodes' },
  { name: 'nodes-empty', path: '/nodes', scenario: 'empty' },
  { name: 'nodes-broken', path: '/nodes', scenario: 'broken' },
  { name: 'nodes-no-match', path: '/nodes?q=nothing-like-this' },
  { name: 'node', path: node },
  { name: 'node-away', path: '/nodes/edge-berlin-rooftop-weather-station-7' },
  { name: 'node-locked', path: '/nodes/fra1-worker-03' },
  { name: 'node-containers', path: `${node}?tab=containers` },
  { name: 'node-images', path: `${node}?tab=images` },
  { name: 'node-networks', path: `${node}?tab=networks` },
  { name: 'node-volumes', path: `${node}?tab=volumes` },
  { name: 'node-doctor', path: `${node}?tab=doctor` },
  { name: 'node-gone', path: '/nodes/nobody' },
  {
    name: 'node-remove',
    path: node,
    do: async (page) => {
      await page.locator('header button').last().click()
      await page.getByRole('dialog').waitFor()
    },
  },
  {
    name: 'add-node',
    path: '/nodes',
    do: async (page) => {
      await page.locator('header button').last().click()
      await page.getByRole('dialog').getByText('crane1_').waitFor()
    },
  },
  {
    name: 'palette',
    path: '/',
    do: async (page) => {
      await page.keyboard.press('Control+k')
      await page.getByRole('combobox').fill('web')
    },
  },
  {
    name: 'shortcuts',
    path: '/',
    do: async (page) => {
      await page.keyboard.press('?')
      await page.getByRole('dialog').waitFor()
    },
  },
  { name: 'settings', path: '/settings' },
  { name: 'settings-join', path: '/settings?tab=join' },
  { name: 'settings-system', path: '/settings?tab=system' },
  { name: 'settings-empty', path: '/settings', scenario: 'empty' },
  { name: 'audit', path: '/audit' },
  { name: 'audit-empty', path: '/audit', scenario: 'empty' },
  { name: 'not-found', path: '/no/such/page' },
]

for (const shot of shots) {
  for (const look of LOOKS) {
    const name = nameOf(shot.name, look)
    if (!isWanted(name)) continue
    test(`${name} looks finished`, async ({ browser }) => {
      const manager = new FixtureManager(shot.scenario ?? 'full')
      const url = await manager.start()
      const context = await browser.newContext({
        viewport: VIEWPORTS[look.width],
        locale: look.language === 'zh' ? 'zh-CN' : 'en-GB',
        colorScheme: look.theme,
        reducedMotion: 'reduce',
      })
      const page = await context.newPage()
      const faults: string[] = []
      page.on('pageerror', (error) => faults.push(error.message))
      page.on('console', (message) => {
        // A refused answer is what some of these pages are about; the browser notes each.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) faults.push(message.text())
      })
      try {
        await page.goto(url + shot.path)
        await expect(page.locator('h1').or(page.getByRole('alert')).or(page.getByText(look.language === 'zh' ? '页面不存在' : 'no such page')).first()).toBeVisible()
        await expect(page.locator('[role=status][aria-label]')).toHaveCount(0)
        if (shot.scenario === 'broken') await expect(page.getByRole('alert')).toBeVisible()
        if (shot.do) await shot.do(page, manager)
        // Pictures of charts are drawn a frame after their data.
        await page.waitForTimeout(400)
        await picture(page, name)
        expect(faults).toEqual([])
      } finally {
        await context.close()
        await manager.stop()
      }
    })
  }
}
