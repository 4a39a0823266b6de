import { describe, expect, it } from 'vitest'
import type { Container } from '@/api/types'
import { conditionOf, facets, matchesSearch, moodOf, portTexts, readSearch, shortImage, uptimeOf } from './model'

function container(more: Partial<Container>): Container {
  return {
    id: 'a'.repeat(64),
    name: 'demo_web.1.x',
    image: 'nginx:1',
    image_id: 'sha256:0',
    command: 'nginx',
    node_id: 'node-1',
    node: 'n1',
    fresh: true,
    state: 'running',
    health: 'none',
    exit_code: null,
    oom_killed: false,
    restarts: 0,
    created: '2026-11-20T10:00:00Z',
    started: '2026-11-20T10:00:00Z',
    finished: null,
    task: null,
    ports: [],
    networks: [],
    mounts: [],
    labels: {},
    tty: false,
    log_driver: 'json-file',
    memory_limit: 0,
    cpu: null,
    memory: null,
    ...more,
  }
}
const task = (service: string, stack: string | null) => ({ id: 't', name: `${service}.1`, service_id: 's', service, stack })

describe('the search of a URL', () => {
  it('is read leniently', () => {
    expect(readSearch({ q: 42, node: 'n1', state: '', other: 'x', stack: ['a'] })).toEqual({ q: '42', node: 'n1' })
  })
})

describe('the condition', () => {
  it.each([
    [{ state: 'running' }, 'running', 'ok'],
    [{ state: 'running', health: 'unhealthy' }, 'unhealthy', 'bad'],
    [{ state: 'running', health: 'starting' }, 'starting', 'warn'],
    [{ state: 'exited', exit_code: 0 }, 'exited', 'note'],
    [{ state: 'exited', exit_code: 3 }, 'failed', 'bad'],
    [{ state: 'exited', exit_code: 137, oom_killed: true }, 'oom', 'bad'],
    [{ state: 'exited', health: 'unhealthy', exit_code: 0 }, 'exited', 'note'],
    [{ state: 'something new' }, 'unknown', 'note'],
  ] as const)('of %j is %s', (more, condition, mood) => {
    expect(conditionOf(container(more))).toBe(condition)
    expect(moodOf(condition)).toBe(mood)
  })
})

describe('a filter', () => {
  const web = container({ name: 'demo_web.1.x', image: 'nginx:1', node: 'n1', task: task('demo_web', 'demo') })
  it('finds every word somewhere', () => {
    expect(matchesSearch(web, { q: 'NGINX demo' })).toBe(true)
    expect(matchesSearch(web, { q: 'nginx redis' })).toBe(false)
    expect(matchesSearch(web, { q: 'aaaa' })).toBe(true)
  })
  it('takes node by name or id, and state unhealthy', () => {
    expect(matchesSearch(web, { node: 'node-1', stack: 'demo', service: 'demo_web', state: 'running' })).toBe(true)
    expect(matchesSearch(web, { node: 'n2' })).toBe(false)
    expect(matchesSearch(container({ health: 'unhealthy' }), { state: 'unhealthy' })).toBe(true)
    expect(matchesSearch(web, { state: 'unhealthy' })).toBe(false)
  })
  it('offers values with counts', () => {
    expect(facets([web, web, container({ node: 'n10' }), container({ node: 'n2' })], (c) => c.node)).toEqual([
      { value: 'n1', count: 2 },
      { value: 'n2', count: 1 },
      { value: 'n10', count: 1 },
    ])
  })
})

describe('words for people', () => {
  it('shorten images without hiding a registry', () => {
    expect(shortImage(`docker.io/library/nginx:1@sha256:${'0'.repeat(64)}`)).toBe('nginx:1')
    expect(shortImage('registry.local:5000/app:2')).toBe('registry.local:5000/app:2')
    expect(shortImage(`sha256:${'ab'.repeat(32)}`)).toBe('abababababab')
  })
  it('write a port once for both families', () => {
    expect(
      portTexts([
        { container_port: 443, protocol: 'tcp', address: null, published_port: null },
        { container_port: 80, protocol: 'tcp', address: '0.0.0.0', published_port: 8080 },
        { container_port: 80, protocol: 'tcp', address: '::', published_port: 8080 },
        { container_port: 53, protocol: 'udp', address: '127.0.0.1', published_port: 53 },
        { container_port: 53, protocol: 'udp', address: '::1', published_port: 53 },
      ]),
    ).toEqual(['8080→80/tcp', '127.0.0.1:53→53/udp', '[::1]:53→53/udp', '443/tcp'])
  })
  it('count the uptime of what runs only', () => {
    const now = Date.parse('2026-11-20T10:01:00Z')
    expect(uptimeOf(container({}), now)).toBe(60)
    expect(uptimeOf(container({ state: 'exited' }), now)).toBeNull()
    expect(uptimeOf(container({ started: null }), now)).toBeNull()
  })
})
