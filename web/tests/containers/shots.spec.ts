import { container, containers, nodes, services } from './cluster'
import { isWanted, LOOKS, nameOf, picture, VIEWPORTS } from '../looks'
import { lines, sampleLog, say, type Given } from './manager'
import { settle, test } from './site'
import type { Page } from '@playwright/test'

/** Pictures of every page of containers and services, to be looked at. */
const first = containers[0] ?? container(0)
const away = containers[2] ?? container(2)
const id = first.id.slice(0, 12)

const screen = (text: string) => Buffer.concat([Buffer.from([1]), Buffer.from(text)])
const shell: Given['onExec'] = (socket) => {
  socket.onMessage((message) => {
    if (typeof message === 'string' && message.includes('"start"')) {
      socket.send(JSON.stringify({ kind: 'started' }))
      socket.send(screen('\x1b[1;32mroot@shop-web\x1b[0m:\x1b[1;34m/srv\x1b[0m# ls --color\r\n\x1b[1;34mbin\x1b[0m  \x1b[1;34metc\x1b[0m  \x1b[1;32mrun.sh\x1b[0m  index.html  \x1b[40;33;01mtty0\x1b[0m\r\n'))
      socket.send(screen('\x1b[1;32mroot@shop-web\x1b[0m:\x1b[1;34m/srv\x1b[0m# stty size; echo 你好\r\n40 120\r\n你好\r\n\x1b[31merror: \x1b[0mnot so \x1b[33mbad\x1b[0m\r\n\x1b[1;32mroot@shop-web\x1b[0m:\x1b[1;34m/srv\x1b[0m# '))
    }
  })
}
const ending = (status: unknown): Given['onExec'] => (socket) => {
  socket.onMessage((message) => {
    if (typeof message !== 'string' || !message.includes('"start"')) return
    socket.send(JSON.stringify({ kind: 'started' }))
    socket.send(screen('/ # exit 3\r\n'))
    socket.send(JSON.stringify(status))
  })
}
const openShell = async (page: Page) => {
  await page.locator('button[type=submit]').click()
  await page.locator('.xterm-screen').waitFor()
  await page.waitForTimeout(400)
}

interface Shot {
  name: string
  path: string
  given?: Given
  act?: (page: Page) => Promise<void>
}

const shots: Shot[] = [
  { name: 'containers', path: '/containers' },
  { name: 'containers-filtered', path: '/containers?stack=shop&state=running&q=api', act: (page) => page.keyboard.press('j') },
  { name: 'containers-none', path: '/containers?q=nothing-like-this' },
  { name: 'containers-empty', path: '/containers', given: { containers: [] } },
  { name: 'containers-missing', path: '/containers', given: { complete: false } },
  { name: 'containers-broken', path: '/containers', given: { refuse: { '/containers': { status: 503, title: 'Store is busy', detail: 'The manager is starting and reads its store.', hint: 'Try again in some seconds.' } } } },
  { name: 'container-logs', path: `/containers/${id}` },
  { name: 'container-logs-search', path: `/containers/${id}`, act: async (page) => {
    await page.locator('input[data-filter]').fill('error')
    await page.keyboard.press('Escape').catch(() => undefined)
    await page.locator('input[data-filter]').fill('checkout|job \\d+')
    await page.getByRole('button', { name: /Regular expression|正则/ }).click()
    await page.waitForTimeout(300)
  } },
  { name: 'container-logs-up', path: `/containers/${id}`, act: async (page) => {
    await page.locator('[data-index]').first().waitFor()
    await page.locator('[role=log]').hover()
    await page.mouse.wheel(0, -900)
    await page.waitForTimeout(400)
  } },
  { name: 'container-logs-rows', path: `/containers/${id}`, given: { onLog: (socket) => {
    say(socket, sampleLog(14))
    say(socket, { kind: 'gap', bytes: 12_600, exact: true, after: '2026-11-20T18:29:57Z', before: '2026-11-20T18:30:02Z', why: 'the log was rotated away unseen' })
    say(socket, lines(['after the gap', 'nul \0 and user\u202Etxt.exe and <script>alert(1)</script>', '\x1b]0;title\x07\x1b[2Jcleared? no', '\x1b[41;97m white on red \x1b[0m \x1b[7minverse\x1b[0m \x1b[4munder\x1b[0m \x1b[38;5;208morange\x1b[0m']))
    say(socket, { kind: 'caught_up' })
    say(socket, { kind: 'waiting', node: 'n1' })
  } } },
  { name: 'container-logs-ended', path: `/containers/${id}`, given: { onLog: (socket) => {
    say(socket, sampleLog(9))
    say(socket, { kind: 'end', why: 'the container stopped' })
  } } },
  { name: 'container-logs-empty', path: `/containers/${id}`, given: { onLog: (socket) => say(socket, { kind: 'caught_up' }) } },
  { name: 'container-logs-forbidden', path: `/containers/${id}`, given: { onLog: (socket) => void socket.close({ code: 1008 }), refuse: { '/logs': { status: 403, code: 'owner_forbids', detail: 'The owner forbids logs.' } } } },
  { name: 'container-charts', path: `/containers/${id}?tab=charts`, act: async (page) => {
    await page.locator('.u-over').first().waitFor()
    await page.waitForTimeout(300)
    await page.locator('.u-over').first().hover({ position: { x: 120, y: 60 } })
    await page.waitForTimeout(200)
  } },
  { name: 'container-charts-7d', path: `/containers/${id}?tab=charts`, act: async (page) => {
    await page.getByRole('radio').nth(4).click()
    await page.waitForTimeout(500)
  } },
  { name: 'container-shell-choose', path: `/containers/${id}?tab=shell` },
  { name: 'container-shell', path: `/containers/${id}?tab=shell`, given: { onExec: shell }, act: openShell },
  { name: 'container-shell-ended', path: `/containers/${id}?tab=shell`, given: { onExec: ending({ kind: 'exited', code: 137 }) }, act: openShell },
  { name: 'container-shell-failed', path: `/containers/${id}?tab=shell`, given: { onExec: ending({ kind: 'failed', problem: { title: 'No', detail: 'There is no user "bob" in the container.', hint: 'Leave the user empty.', code: 'invalid', status: 422, type: 'about:blank' } }) }, act: openShell },
  { name: 'container-shell-forbidden', path: `/containers/${id}?tab=shell`, given: { nodes: nodes.map((node) => ({ ...node, policy: { ...node.policy, exec: false } })) } },
  { name: 'container-shell-viewer', path: `/containers/${id}?tab=shell`, given: { role: 'viewer' } },
  { name: 'container-details', path: `/containers/${containers[2]?.id.slice(0, 12) ?? ''}?tab=details` },
  { name: 'container-inspect', path: `/containers/${id}?tab=inspect`, act: async (page) => {
    await page.locator('[aria-expanded]').nth(2).click()
    await page.waitForTimeout(100)
  } },
  { name: 'container-changes', path: `/containers/${id}?tab=changes` },
  { name: 'container-away', path: `/containers/${away.id.slice(0, 12)}?tab=details` },
  { name: 'container-gone', path: '/containers/deadbeef1234' },
  { name: 'services', path: '/services' },
  { name: 'services-empty', path: '/services', given: { services: [] } },
  { name: 'services-noswarm', path: '/services', given: { services: [], complete: false } },
  { name: 'services-broken', path: '/services', given: { refuse: { '/services': { status: 502, title: 'No manager answers', detail: 'No connected node is a Swarm manager.', hint: 'Join one.' } } } },
  { name: 'service', path: `/services/${services[1]?.name ?? ''}` },
  { name: 'service-paused', path: `/services/${services[5]?.name ?? ''}` },
  { name: 'service-gone', path: '/services/nobody' },
]

for (const shot of shots) {
  for (const look of LOOKS) {
    const name = nameOf(shot.name, look)
    if (!isWanted(name)) continue
    test(`${name} looks finished`, async ({ page, open, complaints }) => {
      await page.setViewportSize(VIEWPORTS[look.width])
      await open(shot.path, shot.given, look)
      await settle(page)
      await shot.act?.(page)
      await picture(page, name)
      test.expect(complaints).toEqual([])
    })
  }
}
