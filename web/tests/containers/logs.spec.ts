import { expect } from '@playwright/test'
import { plainText } from '@/features/logs/ansi'
import { containers } from './cluster'
import { lines, say } from './manager'
import { test } from './site'

const path = `/containers/${containers[0]?.id.slice(0, 12) ?? ''}`
const texts = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `line ${from + i}`)

/** Five hundred lines that were or could be used against a viewer: every carrier around every payload. */
const CARRIERS: ((payload: string) => string)[] = [
  (p) => p,
  (p) => `\x1b[31m${p}\x1b[0m`,
  (p) => `\x1b]0;${p}\x07after`,
  (p) => `\x1b]8;;javascript:alert(1)\x1b\\${p}\x1b]8;;\x1b\\`,
  (p) => `\x1b]52;c;cHduZWQ=\x07${p}`,
  (p) => `\x1bP${p}\x1b\\after`,
  (p) => `\x1b_${p}\x1b\\after`,
  (p) => `before\x1b[2K\x1b[1A${p}`,
  (p) => `\u202e${p}\u202c`,
  (p) => `\u2066${p}\u2069`,
  (p) => `nul\0${p}\0`,
  (p) => `${p}\r${p}`,
  (p) => `${p}\b\b\b${p}`,
  (p) => `\x1b[${'9;'.repeat(300)}m${p}`,
  (p) => `\u009b31m${p}`,
  (p) => `\x1b]0;never ends ${p}`,
  (p) => `{"level":"error","msg":${JSON.stringify(p)}}`,
  (p) => `GET /?q=${encodeURIComponent(p)} ${p}`,
  (p) => `${p}${'\u0301'.repeat(40)}`,
  (p) => `\ud800${p}\udc00`,
]
const PAYLOADS = [
  '<script>window.pwned=1</script>',
  '<img src=x onerror="window.pwned=1">',
  '<svg/onload=window.pwned=1>',
  '"><iframe srcdoc="<script>parent.pwned=1</script>">',
  "';window.pwned=1;//",
  'javascript:window.pwned=1',
  '<style>*{display:none}</style>',
  '<a href="javascript:window.pwned=1">click</a>',
  '<math><mtext></mtext><script>window.pwned=1</script></math>',
  '{{constructor.constructor("window.pwned=1")()}}',
  '${window.pwned=1}',
  '&lt;script&gt;window.pwned=1&lt;/script&gt;',
  '</span></div><script>window.pwned=1</script>',
  '<meta http-equiv="refresh" content="0;url=https://example.org">',
  '<link rel=stylesheet href=//example.org/x.css>',
  '<form action=//example.org><button>go</button></form>',
  '<base href=//example.org/>',
  '__proto__',
  '\\u003cscript\\u003e',
  '👩‍💻 <b>漢字</b> مرحبا',
  '<object data="data:text/html,<script>parent.pwned=1</script>">',
  '<details open ontoggle=window.pwned=1>',
  '<input autofocus onfocus=window.pwned=1>',
  '<video><source onerror=window.pwned=1></video>',
  '%3Cscript%3Ewindow.pwned=1%3C/script%3E',
]

test('hostile lines are seen as text and do nothing', async ({ page, open, complaints }) => {
  const corpus = PAYLOADS.flatMap((payload) => CARRIERS.map((carry) => carry(payload)))
  expect(corpus).toHaveLength(500)
  const elsewhere: string[] = []
  page.on('request', (request) => {
    if (!request.url().startsWith('http://127.0.0.1')) elsewhere.push(request.url())
  })
  page.on('dialog', (dialog) => elsewhere.push(dialog.message()))
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await open(path, {
    onLog: (socket) => {
      say(socket, lines(corpus))
      say(socket, { kind: 'caught_up' })
    },
  })
  await page.evaluate(() => navigator.clipboard.writeText('untouched'))
  const title = await page.title()
  const log = page.getByRole('log')
  await expect(page.locator('[data-lines="500"]')).toBeVisible()
  await log.hover()
  // Every row is looked at, from the last to the first.
  const seen = new Map<number, string>()
  for (let round = 0; seen.size < corpus.length && round < 100; round += 1) {
    for (const [index, text] of await log.locator('.log-row').evaluateAll((rows) =>
      rows.map((row): [number, string] => [Number(row.getAttribute('data-index')), row.querySelector('.log-text')?.textContent ?? '']),
    ))
      seen.set(index, text)
    await page.mouse.wheel(0, -400)
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
  }
  expect(corpus.map((_, i) => seen.get(i))).toEqual(corpus.map(plainText))
  expect(await page.evaluate(() => 'pwned' in window)).toBe(false)
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('untouched')
  expect(await page.title()).toBe(title)
  expect(await log.locator('script, img, svg:not(.lucide), iframe, a, style, form, input, object, video').count()).toBe(0)
  expect(elsewhere).toEqual([])
  expect(complaints).toEqual([])
})

test('a wire that breaks again and again loses and doubles no line', async ({ page, open }) => {
  const asked: (string | null)[] = []
  await open(path, {
    onLog: (socket, url, connection) => {
      const after = url.searchParams.get('after')
      asked.push(after)
      const from = Number(after ?? 0)
      for (let at = from; at < from + 300; at += 100) say(socket, lines(texts(at, at + 100), String(at + 100), at))
      if (connection < 4) void socket.close({ code: 1011 })
      else say(socket, { kind: 'caught_up' })
    },
  })
  await expect(page.locator('[data-lines="1200"][data-phase="live"]')).toBeVisible({ timeout: 20_000 })
  expect(asked).toEqual([null, '300', '600', '900'])
  await expect(page.getByText('line 1199', { exact: true })).toBeVisible()
})

test('what is read stays where it is while lines come in below and fall out above', async ({ page, open }) => {
  let more: (from: number, to: number) => void = () => undefined
  await open(path, {
    onLog: (socket) => {
      more = (from, to) => {
        for (let at = from; at < to; at += 1000) say(socket, lines(texts(at, at + 1000), String(at), 0))
      }
      more(0, 98_000)
      say(socket, { kind: 'caught_up' })
    },
  })
  await expect(page.getByText('line 97999', { exact: true })).toBeVisible()
  await page.getByRole('log').hover()
  await page.mouse.wheel(0, -3000)
  await expect(page.getByRole('button', { name: 'Jump to the newest line' })).toBeVisible()
  await page.waitForTimeout(200) // the wheel is smooth; it has no end that could be waited for
  const marked = page.locator('.log-row', { hasText: 'line 97' }).nth(20)
  const text = (await marked.locator('.log-text').textContent()) ?? ''
  const row = page.getByText(text, { exact: true })
  const before = await row.boundingBox()
  more(98_000, 140_000)
  await expect(page.locator('[data-lines="140000"]')).toBeVisible()
  await expect(page.getByRole('button', { name: '42,000 new lines' })).toBeVisible()
  await expect(page.getByText('40,000 older lines are no longer in this view')).toBeVisible()
  // The strip that says so takes its own height; the row stays where it is in the log.
  const box = await page.getByRole('log').boundingBox()
  const after = await row.boundingBox()
  expect(Math.abs((after?.y ?? 0) - (before?.y ?? 0))).toBeLessThan(40)
  expect(box).not.toBeNull()
  await page.getByRole('button', { name: '42,000 new lines' }).click()
  await expect(page.getByText('line 139999', { exact: true })).toBeVisible()
})

test('wrapped rows of any height follow to the end', async ({ page, open }) => {
  await open(path, {
    onLog: (socket) => {
      say(socket, lines(Array.from({ length: 500 }, (_, i) => `${i} ${'word '.repeat((i * 37) % 400)}`)))
      say(socket, { kind: 'caught_up' })
    },
  })
  await page.getByRole('button', { name: /Wrap long lines/ }).click()
  const log = page.getByRole('log')
  await expect(page.locator('[data-index="499"]')).toBeInViewport()
  await expect.poll(() => log.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight)).toBeLessThan(2)
  expect(await log.evaluate((box) => box.scrollWidth - box.clientWidth)).toBeLessThanOrEqual(0)
})

test('the owner who forbids logs is told as such, without trying again and again', async ({ page, open }) => {
  let tries = 0
  await open(path, {
    onLog: (socket) => {
      tries += 1
      void socket.close({ code: 1008 })
    },
    refuse: { '/logs': { status: 403, code: 'owner_forbids', detail: 'No.' } },
  })
  await expect(page.getByText('The owner of this node does not allow reading logs')).toBeVisible()
  expect(tries).toBeLessThanOrEqual(2)
})
