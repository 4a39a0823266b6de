import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { readFile } from 'node:fs/promises'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AddressInfo } from 'node:net'
import * as cluster from './cluster'
import { contentSecurityPolicy } from '../vite.config'
import type { Feed, Node } from '../src/api/types'

/** What the pages find: a busy cluster, nothing at all, lists that fail, nobody signed in, or a manager that was never set up. */
export type Scenario = 'full' | 'empty' | 'broken' | 'signedOut' | 'setup'

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json' }
const DIST = fileURLToPath(new URL('../dist', import.meta.url))

/**
 * Stands in for the manager when pages are looked at: serves the built dashboard under the real Content-Security-Policy and
 * answers its questions from `cluster.ts`. What the manager itself does is tested against the real one, in `e2e`.
 */
export class FixtureManager {
  private readonly feeds = new Set<ServerResponse>()
  private version = 1
  private extra: Node[] = []
  private readonly server = createServer((request, response) => void this.answer(request, response))

  /** While true, it hangs up on everybody. */
  away = false

  constructor(public scenario: Scenario) {}

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  async stop() {
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }

  /** Says something on every open feed. */
  tell(event: Feed) {
    if (event.kind === 'node' && !cluster.nodes.some(({ id }) => id === event.node.id)) this.extra = [event.node]
    this.version += 1
    for (const feed of this.feeds) feed.write(`id: ${this.version}\ndata: ${JSON.stringify(event)}\n\n`)
  }

  /** Ends every open feed, as a manager that restarts does. */
  hangUp() {
    for (const feed of this.feeds) feed.destroy()
  }

  private async answer(request: IncomingMessage, response: ServerResponse) {
    if (this.away) {
      request.socket.destroy()
      return
    }
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (url.pathname.startsWith('/api/v1/')) this.api(request, response, url)
    else await this.file(response, url.pathname)
  }

  private async file(response: ServerResponse, path: string) {
    const wanted = join(DIST, normalize(path))
    const isFile = extname(path) !== '' && wanted.startsWith(DIST)
    const body = await readFile(isFile ? wanted : join(DIST, 'index.html')).catch(() => null)
    if (body === null) response.writeHead(404).end()
    else response.writeHead(200, { 'Content-Type': TYPES[isFile ? extname(path) : '.html'] ?? 'text/plain', 'Content-Security-Policy': contentSecurityPolicy }).end(body)
  }

  private api(request: IncomingMessage, response: ServerResponse, url: URL) {
    const parts = url.pathname.slice('/api/v1/'.length).split('/').map(decodeURIComponent)
    const [what, id, part] = parts
    const say = (body: unknown, status = 200) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
    const problem = (status: number, code: string, detail: string, hint = '') =>
      response.writeHead(status, { 'Content-Type': 'application/problem+json' }).end(JSON.stringify({ type: 'about:blank', title: code, status, code, detail, hint }))

    if (what === 'setup' && request.method === 'GET') return say({ needed: this.scenario === 'setup' })
    if (this.scenario === 'setup' || this.scenario === 'signedOut') {
      if (what === 'login') return problem(401, 'wrong_login', 'the e-mail address or the password is wrong')
      if (what === 'setup') return problem(403, 'wrong_code', 'the set-up code is wrong', 'A link holds until the manager starts again.')
      return problem(401, 'not_signed_in', 'nobody is signed in')
    }
    if (what === 'session') return say(cluster.session)
    if (what === 'feed') {
      this.stream(response)
      return
    }
    if (this.scenario === 'broken') return problem(503, 'unavailable', 'the store does not answer', 'Look at the manager’s log: journalctl -u crane-manager')
    const empty = this.scenario === 'empty'
    const nodes = empty ? this.extra : [...cluster.nodes, ...this.extra]
    switch (what) {
      case 'logout':
        return response.writeHead(204).end()
      case 'overview':
        return say(empty ? cluster.emptyOverview : cluster.overview)
      case 'system':
        return say(cluster.system)
      case 'tokens':
        if (request.method === 'POST') return say({ token: { ...cluster.tokens[0], name: 'new one' }, secret: 'crane_pat_3f9a_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6' }, 201)
        return say(cluster.list(empty ? [] : cluster.tokens))
      case 'join-tokens':
        if (request.method === 'POST')
          return say(
            {
              token: cluster.joinTokens[0],
              secret: 'crane1_example',
              command: `curl -fsSk --pinnedpubkey '${cluster.system.pin}' https://10.77.0.1:7443/install.sh | sudo sh -s -- crane1_AEfQ3kYb1mN9xZpW7sT2vU4oR6qL8dCjH5gK0aXnBtMzSeVyIwPFrGuDhJlOcQ2k`,
            },
            201,
          )
        return say(cluster.list(empty ? [] : cluster.joinTokens))
      case 'audit':
        return say(cluster.list(empty ? [] : cluster.audit))
      case 'services': {
        if (id === undefined) return say(cluster.list(empty ? [] : cluster.services))
        const found = cluster.services.find((one) => one.id === id || one.name === id)
        return found ? say(cluster.list(cluster.tasks(found))) : problem(404, 'not_found', `no service ${id}`)
      }
      case 'nodes':
        return this.nodes(say, problem, nodes, url, id, part)
      case 'containers': {
        if (id === undefined) return say(cluster.list(empty ? [] : cluster.containers))
        const found = cluster.containers.find((one) => one.id.startsWith(id) || one.name === id)
        if (!found) return problem(404, 'not_found', `no container ${id}`)
        if (part === undefined) return say(found)
        if (part === 'series') return say(cluster.series(Number(url.searchParams.get('minutes') ?? 60), Number(url.searchParams.get('points') ?? 300), 1))
        if (part === 'inspect') return say({ Id: found.id, Name: `/${found.name}`, Config: { Image: found.image, Env: ['PATH=/usr/bin', 'DB_PASSWORD=hunter2'] } })
        if (part === 'changes') return say(cluster.list([{ path: '/var/lib/data/new', kind: 'added' }, { path: '/etc/hosts', kind: 'modified' }]))
        return problem(404, 'not_found', 'no such part')
      }
      case 'stats':
        this.stats(response, url)
        return
      default:
        return problem(404, 'not_found', `no ${what ?? ''}`)
    }
  }

  private nodes(
    say: (body: unknown) => unknown,
    problem: (status: number, code: string, detail: string, hint?: string) => unknown,
    nodes: Node[],
    url: URL,
    id: string | undefined,
    part: string | undefined,
  ) {
    if (id === undefined) return say(cluster.list(nodes))
    const found = nodes.find((one) => one.id === id || one.name === id)
    if (!found) return problem(404, 'not_found', `no node ${id}`)
    if (part === undefined) return say(found)
    if (part === 'series') return say(cluster.series(Number(url.searchParams.get('minutes') ?? 60), Number(url.searchParams.get('points') ?? 300), 8))
    if (!found.connected) return problem(503, 'unavailable', `${found.name} is away`, 'Look whether the host is up and its agent runs: `crane-agent doctor` there says why not.')
    const lists: Record<string, unknown[]> = { images: cluster.images, networks: cluster.networks, volumes: cluster.volumes, doctor: cluster.findings }
    return say(cluster.list(lists[part] ?? []))
  }

  private stream(response: ServerResponse) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
    response.write(`id: ${this.version}\ndata: {"kind":"reset"}\n\n`)
    this.feeds.add(response)
    response.on('close', () => this.feeds.delete(response))
  }

  private stats(response: ServerResponse, url: URL) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
    const container = url.searchParams.get('container')
    const home = cluster.containers.find(({ id }) => id === container)?.node_id ?? url.searchParams.get('node')
    let tick = 0
    const send = () => {
      tick += 1
      for (const one of cluster.nodes) if (one.connected && (home === null || one.id === home)) response.write(`data: ${JSON.stringify(cluster.liveFrame(one, tick))}\n\n`)
    }
    send()
    const timer = setInterval(send, 1000)
    response.on('close', () => clearInterval(timer))
  }
}
