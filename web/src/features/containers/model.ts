/** What the container pages compute: filters, facets, words. Pure; the pages only draw it. */
import type { Container } from '@/api/types'

/** What the URL of the list says. Everything is optional, so that a shared link stays short. */
export interface ListSearch {
  q?: string
  node?: string
  stack?: string
  service?: string
  state?: string
}

/** Reads the search of a URL; what is not understood is left out, never an error. */
export function readSearch(raw: Record<string, unknown>): ListSearch {
  const search: ListSearch = {}
  for (const key of ['q', 'node', 'stack', 'service', 'state'] as const) {
    const value = raw[key]
    // A search for digits comes back from the URL as a number.
    const text = typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
    if (text !== '') search[key] = text.slice(0, 200)
  }
  return search
}

export type Mood = 'ok' | 'warn' | 'bad' | 'note'

/** How a container is doing, in the one word that the list shows. */
export type Condition =
  | 'running'
  | 'healthy'
  | 'unhealthy'
  | 'starting'
  | 'paused'
  | 'restarting'
  | 'created'
  | 'removing'
  | 'exited'
  | 'failed'
  | 'oom'
  | 'dead'
  | 'unknown'

export function conditionOf(container: Pick<Container, 'state' | 'health' | 'exit_code' | 'oom_killed'>): Condition {
  switch (container.state) {
    case 'running':
      if (container.health === 'healthy' || container.health === 'unhealthy' || container.health === 'starting')
        return container.health
      return 'running'
    case 'exited':
      if (container.oom_killed) return 'oom'
      return container.exit_code === null || container.exit_code === 0 ? 'exited' : 'failed'
    case 'paused':
    case 'restarting':
    case 'created':
    case 'removing':
    case 'dead':
      return container.state
    default:
      return 'unknown'
  }
}

export function moodOf(condition: Condition): Mood {
  switch (condition) {
    case 'running':
    case 'healthy':
      return 'ok'
    case 'unhealthy':
    case 'failed':
    case 'oom':
    case 'dead':
      return 'bad'
    case 'starting':
    case 'restarting':
    case 'paused':
    case 'removing':
      return 'warn'
    default:
      return 'note'
  }
}

/** Words of `q` must all be found in name, image, service, stack, node or id. */
export function matchesSearch(container: Container, search: ListSearch): boolean {
  if (search.node !== undefined && container.node !== search.node && container.node_id !== search.node) return false
  if (search.stack !== undefined && container.task?.stack !== search.stack) return false
  if (search.service !== undefined && container.task?.service !== search.service) return false
  if (search.state !== undefined) {
    const wanted = search.state
    if (wanted === 'unhealthy' ? conditionOf(container) !== 'unhealthy' : container.state !== wanted) return false
  }
  if (search.q === undefined) return true
  const hay = [
    container.name,
    container.image,
    container.task?.service ?? '',
    container.task?.stack ?? '',
    container.node,
    container.id,
  ]
    .join('\n')
    .toLowerCase()
  return search.q
    .toLowerCase()
    .split(/\s+/)
    .every((word) => hay.includes(word))
}

export interface Facet {
  value: string
  count: number
}

/** The values that a filter offers, with how many containers each has, by name. */
export function facets(containers: readonly Container[], of: (container: Container) => string | null | undefined): Facet[] {
  const counts = new Map<string, number>()
  for (const container of containers) {
    const value = of(container)
    if (value != null && value !== '') counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => a.value.localeCompare(b.value, 'en', { numeric: true }))
}

/** An image as people say it: without digest, and without the registry that everybody uses. */
export function shortImage(image: string): string {
  const bare = image.replace(/@sha256:[0-9a-f]{64}$/, '').replace(/^docker\.io\/(library\/)?/, '')
  return /^sha256:[0-9a-f]{64}$/.test(bare) ? bare.slice(7, 19) : bare
}

export function shortId(id: string): string {
  return id.slice(0, 12)
}

/** A port as `docker ps` writes it: `0.0.0.0:8080→80/tcp`. */
export function portText(port: Container['ports'][number]): string {
  const inside = `${port.container_port}/${port.protocol}`
  if (port.published_port == null) return inside
  const address = port.address == null || port.address === '0.0.0.0' || port.address === '::' ? '' : port.address
  const host = address.includes(':') ? `[${address}]` : address
  return `${host === '' ? '' : `${host}:`}${port.published_port}→${inside}`
}

/** Published ports first, each once (IPv4 and IPv6 of one port are one line). */
export function portTexts(ports: Container['ports']): string[] {
  const published = ports.filter((port) => port.published_port != null)
  const rest = ports.filter((port) => port.published_port == null)
  return [...new Set([...published, ...rest].map(portText))]
}

/** Seconds since it was started; null unless it runs. */
export function uptimeOf(container: Pick<Container, 'state' | 'started'>, now: number): number | null {
  if (container.state !== 'running' && container.state !== 'paused') return null
  const started = container.started == null ? NaN : Date.parse(container.started)
  return Number.isFinite(started) ? Math.max(0, (now - started) / 1000) : null
}
