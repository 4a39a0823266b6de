import { expect, type Locator, type Page } from '@playwright/test'
import type { Container, List } from '../src/api/types'
import { ask, test } from './crane'

/**
 * The page of a container against the real thing. The tests need one running container with a shell; what they want in its
 * log they write to the standard output of its first process, from that shell.
 */
let container: Container

test.beforeAll(async ({ request }) => {
  const { items } = await ask<List<Container>>(request, '/containers?state=running&limit=1000')
  const usable = items.filter(({ state, fresh, tty }) => state === 'running' && fresh && !tty)
  // One that writes little is easier to look at.
  const [quietest] = usable.sort((a, b) => (a.cpu ?? 0) - (b.cpu ?? 0))
  if (!quietest) throw new Error('no running container')
  container = quietest
})

const pathOf = (tab: string) => `/containers/${container.id.slice(0, 12)}${tab === 'logs' ? '' : `?tab=${tab}`}`

async function openShell(page: Page): Promise<Locator> {
  await page.goto(pathOf('shell'))
  await page.getByRole('combobox', { name: 'Shell' }).selectOption('sh')
  await page.getByRole('button', { name: 'Open shell' }).click()
  await expect(page.getByText('Connected', { exact: true })).toBeVisible()
  const screen = page.locator('.xterm-rows')
  await expect(screen).toContainText(/[#$]/)
  return screen
}

/** Types a line and waits for what it prints; the marks keep the echo of the line apart from its answer. */
async function run(page: Page, screen: Locator, command: string, answer: RegExp) {
  await page.keyboard.type(`${command}\n`)
  await expect(screen).toContainText(answer)
}

test('a shell has a terminal, follows the window, is interrupted and ends with its code', async ({ page }) => {
  const screen = await openShell(page)
  await run(page, screen, 'echo "at-$(tty)-end"', /at-\/dev\/pts\/\d+-end/)
  await run(page, screen, 'echo "size-$(stty size | tr " " x)-a"', /size-\d+x\d+-a/)
  const size = async (mark: string) => new RegExp(`size-(\\d+)x(\\d+)-${mark}`).exec((await screen.textContent()) ?? '')?.slice(1).map(Number) ?? []
  const [rows = 0, columns = 0] = await size('a')
  await page.setViewportSize({ width: 900, height: 620 })
  await expect
    .poll(async () => {
      await page.keyboard.type('clear; echo "size-$(stty size | tr " " x)-b"\n')
      await expect(screen).toContainText(/size-\d+x\d+-b/)
      const [lower = rows, narrower = columns] = await size('b')
      return lower < rows && narrower < columns
    })
    .toBe(true)

  await page.keyboard.type('clear; sleep 1000; echo "slept-$?"\n')
  await page.keyboard.press('Control+c')
  await run(page, screen, 'echo "code-$?"', /code-130/)

  await page.keyboard.type('exit 7\n')
  await expect(page.getByText('Ended with code 7')).toBeVisible()
  await page.getByRole('button', { name: 'Open again' }).click()
  await expect(page.getByText('Connected', { exact: true })).toBeVisible()
})

test('a shell stays open while another tab of the page is looked at', async ({ page }) => {
  const screen = await openShell(page)
  await page.keyboard.type('KEPT=4711\n')
  await page.getByRole('tab', { name: 'Logs' }).click()
  await expect(page.getByRole('log')).toBeVisible()
  await page.getByRole('tab', { name: 'Shell' }).click()
  await page.locator('.xterm').click()
  await run(page, screen, 'echo "kept-$KEPT"', /kept-4711/)
})

test('a program that is not there says so', async ({ page }) => {
  await page.goto(pathOf('shell'))
  await page.getByRole('combobox', { name: 'Shell' }).selectOption('custom')
  await page.getByLabel('Command').fill('/no/such/program')
  await page.getByRole('button', { name: 'Open shell' }).click()
  await expect(page.getByText(/could not be opened|no such program/)).toBeVisible()
})

test('every line of a burst is in the log once and in order, hostile ones as text', async ({ page, context }) => {
  const mark = `e2e${Date.now()}`
  const count = 3000
  await page.goto(pathOf('logs'))
  await expect(page.getByText('Live', { exact: true })).toBeVisible()

  const other = await context.newPage()
  const screen = await openShell(other)
  await run(other, screen, `i=0; while [ $i -lt ${count} ]; do echo "${mark} $i"; i=$((i+1)); done > /proc/1/fd/1; echo "done-$((1+1))"`, /done-2/)
  await run(other, screen, `printf '${mark} <img src=x onerror=alert(1)> \\033]0;t\\007\\342\\200\\256end\\n' > /proc/1/fd/1; echo "said-$((1+1))"`, /said-2/)
  await other.close()

  await page.getByLabel('Search in the log').fill(mark)
  await page.getByRole('button', { name: 'Show only lines that match' }).click()
  await expect(page.getByText(`${count + 1} matches`.replace(/(\d)(\d{3}) /, '$1,$2 '))).toBeVisible()
  const hostile = page.locator('.log-text').last()
  await expect(hostile).toHaveText(`${mark} <img src=x onerror=alert(1)> \\u{202E}end`)

  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download what is shown' }).click()
  const chunks: Buffer[] = []
  for await (const chunk of await (await download).createReadStream()) chunks.push(chunk as Buffer)
  const numbers = Buffer.concat(chunks)
    .toString()
    .split('\n')
    .flatMap((line) => new RegExp(` ${mark} (\\d+)$`).exec(line)?.[1] ?? [])
    .map(Number)
  expect(numbers).toEqual(Array.from({ length: count }, (_, i) => i))
})

test('a log that is paused goes on exactly where it stopped', async ({ page, context }) => {
  const mark = `pause${Date.now()}`
  await page.goto(pathOf('logs'))
  await expect(page.getByText('Live', { exact: true })).toBeVisible()
  const other = await context.newPage()
  const screen = await openShell(other)
  await run(other, screen, `echo "${mark} before" > /proc/1/fd/1; echo "a-$((1+1))"`, /a-2/)
  await expect(page.getByText(`${mark} before`)).toBeVisible()
  await page.getByRole('button', { name: 'Pause' }).click()
  await run(other, screen, `for i in 1 2 3; do echo "${mark} during $i"; done > /proc/1/fd/1; echo "b-$((2+1))"`, /b-3/)
  await other.close()
  await expect(page.getByText(`${mark} during 1`)).toHaveCount(0)
  await page.getByRole('button', { name: 'Go on' }).first().click()
  await expect(page.getByText(`${mark} during 3`)).toBeVisible()
  for (const text of ['before', 'during 1', 'during 2', 'during 3']) await expect(page.getByText(`${mark} ${text}`, { exact: true })).toHaveCount(1)
})

test('charts draw what is measured and go on live', async ({ page }) => {
  await page.goto(pathOf('charts'))
  await expect(page.getByText('Live', { exact: true })).toBeVisible()
  const chart = page.getByRole('img', { name: /^Memory: now / })
  await expect(chart).toBeVisible()
  await expect(chart).not.toHaveAccessibleName(/now –/)
  for (const name of ['CPU', 'Network', 'Block I/O', 'Processes']) await expect(page.getByRole('heading', { name })).toBeVisible()
  await page.getByRole('radio', { name: '24 h' }).click()
  await expect(page.getByText('History', { exact: true })).toBeVisible()
})

test('details, inspect and changes say what the engine says', async ({ page, request }) => {
  const inspect = await ask<{ Config: { Hostname: string; Env?: string[] } }>(request, `/containers/${container.id}/inspect`)
  await page.goto(pathOf('details'))
  await expect(page.getByText(inspect.Config.Hostname, { exact: true }).first()).toBeVisible()
  await expect(page.getByRole('heading', { name: 'Environment' })).toBeVisible()
  for (const entry of inspect.Config.Env ?? []) await expect(page.getByText(entry.split('=')[0] ?? '', { exact: true }).first()).toBeVisible()
  await page.getByRole('tab', { name: 'Inspect' }).click()
  await page.getByLabel('Search in the JSON').fill('Hostname')
  await expect(page.getByText(`"${inspect.Config.Hostname}"`).first()).toBeVisible()
  await page.getByRole('tab', { name: 'Changes' }).click()
  await expect(page.getByText(/Nothing was changed|What differs from the image/)).toBeVisible()
})

test('the list finds the container by its name and opens it from the keyboard', async ({ page }) => {
  await page.goto('/containers')
  await expect(page.getByRole('link', { name: container.name, exact: true })).toBeVisible()
  await page.keyboard.press('/')
  await expect(page.getByRole('searchbox')).toBeFocused()
  await page.keyboard.type(container.name)
  await expect(page).toHaveURL(/[?&]q=/)
  await expect(page.getByRole('link', { name: container.name, exact: true })).toBeVisible()
  await page.getByRole('heading', { name: 'Containers' }).click()
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: container.name, level: 1 })).toBeVisible()
})

test('a container that is not there is told', async ({ page }) => {
  await page.goto('/containers/0123456789ab')
  await expect(page.getByText('There is no container 0123456789ab')).toBeVisible()
})
