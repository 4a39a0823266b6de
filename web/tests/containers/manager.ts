/** A manager that a page talks to in a test: answers for every route the dashboard reads, and its sockets in the test's hands. */
import type { Page, WebSocketRoute } from '@playwright/test'
import type { Container, List, LogMessage, Node, Problem, Service } from '@/api/types'
import * as cluster from './cluster'

export interface Given {
  containers?: Container[]
  nodes?: Node[]
  services?: Service[]
  role?: 'viewer' | 'operator' | 'admin'
  complete?: boolean
  /** Answers some paths with a refusal; the key is the end of the path. */
  refuse?: Record<string, Partial<Problem> & { status: number }>
  /** Called for each log socket; without it a log says some lines and stays live. */
  onLog?: (socket: WebSocketRoute, url: URL, connection: number) => void
  onExec?: (socket: WebSocketRoute) => void
}

function list<T>(items: T[], complete = true): List<T> {
  return { items, complete, missing: complete ? [] : [{ node: 'n3', last_seen: new Date(cluster.NOW - 840_000).toISOString() }], next: null, total: items.length }
}

export async function serve(page: Page, given: Given = {}): Promise<void> {
  const { containers = cluster.containers, nodes = cluster.nodes, services = cluster.services, complete = true } = given
  await page.clock.install({ time: cluster.NOW })
  await page.clock.resume()
  await page.route('**/api/v1/**', async (route) => {
    const url = new URL(route.request().url())
    const path = url.pathname.slice('/api/v1'.length)
    const refused = Object.entries(given.refuse ?? {}).find(([end]) => path.endsWith(end))
    if (refused) {
      const [, problem] = refused
      await route.fulfill({
        status: problem.status,
        contentType: 'application/problem+json',
        body: JSON.stringify({ type: 'about:blank', title: 'Refused', code: 'forbidden', detail: '', hint: '', ...problem }),
      })
      return
    }
    const one = /^\/containers\/([^/]+)(?:\/(\w+))?$/.exec(path)
    const found = one && containers.find(({ id, name }) => id.startsWith(one[1] ?? '') || name === one[1])
    const json = (body: unknown) => route.fulfill({ contentType: 'application/json', body: JSON.stringify(body) })
    const missing = () => route.fulfill({ status: 404, contentType: 'application/problem+json', body: JSON.stringify({ title: 'Not found', status: 404, code: 'not_found', detail: 'There is no such thing.', hint: '' }) })
    if (path === '/setup') return json({ needed: false })
    if (path === '/session') return json({ ...cluster.session, user: { ...cluster.session.user, role: given.role ?? 'admin' } })
    if (path === '/nodes') return json(list(nodes))
    if (path === '/containers') return json(list(containers, complete))
    if (path === '/services') return json(list(services, complete))
    if (path === '/feed' || path === '/stats') return route.continue()
    const node = /^\/nodes\/([^/]+)$/.exec(path)
    if (node) {
      const it = nodes.find(({ id, name }) => id === node[1] || name === node[1])
      return it ? json(it) : missing()
    }
    const tasks = /^\/services\/([^/]+)\/tasks$/.exec(path)
    if (tasks) {
      const it = services.find(({ id, name }) => id === tasks[1] || name === tasks[1])
      return it ? json(list(cluster.tasksOf(it))) : missing()
    }
    if (path.endsWith('/series')) return json(cluster.series(Number(url.searchParams.get('minutes')), Number(url.searchParams.get('points'))))
    if (one) {
      if (!found) return missing()
      if (one[2] === undefined) return json(found)
      if (one[2] === 'inspect') return json(cluster.inspect(found))
      if (one[2] === 'changes') return json(list(cluster.changes))
    }
    return missing()
  })
  let connection = 0
  await page.routeWebSocket(/\/api\/v1\/containers\/[^/]+\/logs/, (socket) => {
    connection += 1
    if (given.onLog) given.onLog(socket, new URL(socket.url()), connection)
    else {
      say(socket, sampleLog(400))
      say(socket, { kind: 'caught_up' })
    }
  })
  await page.routeWebSocket(/\/api\/v1\/containers\/[^/]+\/exec/, (socket) => given.onExec?.(socket))
}

export function say(socket: WebSocketRoute, message: LogMessage): void {
  socket.send(JSON.stringify(message))
}

export function lines(texts: string[], cursor = 'c', from = 0): LogMessage {
  return {
    kind: 'lines',
    rows: texts.map((text, i) => ({ at: new Date(cluster.NOW - 60_000 + (from + i) * 7).toISOString(), source: 'stdout', text })),
    cursor,
  }
}

const SAMPLE = [
  '10.0.0.2 - - "GET / HTTP/1.1" 200 612 "-" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36" 0.003',
  'level=info msg="request served" path=/api/cart status=200 took=12ms',
  '\x1b[36m[worker-3]\x1b[0m \x1b[1mjob 8812\x1b[0m finished in \x1b[32m142 ms\x1b[0m',
  'WARN  c.e.shop.Cache - eviction rate is high: 1830/s',
  '2026-11-20 18:29:31.442 ERROR [main] could not reach shop_db:5432: connection refused',
  '订单 20261120-00017 已支付，金额 ¥128.00',
  'level=debug msg="cache hit" key=cart:4711',
]

export function sampleLog(count: number): LogMessage {
  return {
    kind: 'lines',
    rows: Array.from({ length: count }, (_, i) => ({
      at: new Date(cluster.NOW - (count - i) * 311).toISOString().replace('Z', `${String(i % 1000).padStart(3, '0')}000Z`),
      source: i % 7 === 4 ? 'stderr' : 'stdout',
      text: SAMPLE[i % SAMPLE.length] ?? '',
    })),
    cursor: `c${count}`,
  }
}
