import { useSyncExternalStore } from 'react'
import type { QueryClient } from '@tanstack/react-query'
import { applyFeed, type Picture } from '@/api/picture'
import { keys } from '@/api/keys'
import { EventStream, type StreamState } from '@/api/stream'
import type { Container, Feed, List, Node, Service } from '@/api/types'

/** What the feed vouches for; the rest is asked when it is looked at. */
const LISTS = new Set<unknown>(['containers', 'container', 'nodes', 'node', 'services', 'tasks', 'overview'])

/** Events are written into the caches at most this often (ms), so a burst costs one render. */
const BATCH = 120

/**
 * The live connection of a page: one SSE stream that keeps the lists of containers, nodes and services true.
 *
 * A stream that cannot resume begins with `reset`: then the lists are loaded again. Events that arrive meanwhile wait and are
 * applied on top, so that none falls between the list and the stream.
 */
export class LiveFeed {
  private stream: EventStream | null = null
  private waiting: Feed[] = []
  private timer: ReturnType<typeof setTimeout> | null = null
  private loading = false

  constructor(private readonly client: QueryClient) {}

  start() {
    if (this.stream) return
    this.stream = new EventStream('/feed', {
      onEvent: ({ data }) => this.take(JSON.parse(data) as Feed),
      onState: setConnection,
    })
  }

  stop() {
    this.stream?.close()
    this.stream = null
    if (this.timer) clearTimeout(this.timer)
    this.timer = null
    this.waiting = []
    setConnection({ kind: 'connecting' })
  }

  retry() {
    this.stream?.retry()
  }

  private take(event: Feed) {
    if (event.kind === 'reset') {
      this.waiting = []
      this.reload()
      return
    }
    this.waiting.push(event)
    this.timer ??= setTimeout(() => this.flush(), BATCH)
  }

  private reload() {
    this.loading = true
    const lists = { predicate: ({ queryKey }: { queryKey: readonly unknown[] }) => LISTS.has(queryKey[0]) }
    // A list asked for before the stream began may miss what happened in between, so it is asked for again.
    void this.client
      .cancelQueries(lists)
      .then(() => this.client.invalidateQueries(lists))
      .finally(() => {
        this.loading = false
        this.flush()
      })
  }

  private flush() {
    this.timer = null
    if (this.loading || this.waiting.length === 0) return
    const events = this.waiting
    this.waiting = []
    const before: Picture = {}
    const containers = this.client.getQueryData<List<Container>>(keys.containers)
    const nodes = this.client.getQueryData<List<Node>>(keys.nodes)
    const services = this.client.getQueryData<List<Service>>(keys.services)
    if (containers) before.containers = containers
    if (nodes) before.nodes = nodes
    if (services) before.services = services
    const after = applyFeed(before, events)
    if (after.containers !== before.containers) this.client.setQueryData(keys.containers, after.containers)
    if (after.nodes !== before.nodes) this.client.setQueryData(keys.nodes, after.nodes)
    if (after.services !== before.services) this.client.setQueryData(keys.services, after.services)
    for (const event of events) this.single(event)
  }

  /** Pages that show one thing hold it under its own key. */
  private single(event: Feed) {
    if (event.kind === 'node') {
      this.replace(keys.node(event.node.id), event.node)
      this.replace(keys.node(event.node.name), event.node)
    } else if (event.kind === 'container') {
      const { container } = event
      for (const [key, known] of this.client.getQueriesData<Container>({ queryKey: keys.container() })) {
        if (key.length === 2 && known?.id === container.id) this.client.setQueryData(key, container)
      }
    } else if (event.kind === 'container_gone') {
      for (const [key, known] of this.client.getQueriesData<Container>({ queryKey: keys.container() })) {
        if (key.length === 2 && known?.id === event.id) void this.client.invalidateQueries({ queryKey: key, exact: true })
      }
    } else if (event.kind === 'node_gone') {
      void this.client.invalidateQueries({ queryKey: keys.node(event.id), exact: true })
    } else if (event.kind === 'service') {
      void this.client.invalidateQueries({ queryKey: keys.tasks(event.service.id) })
      void this.client.invalidateQueries({ queryKey: keys.tasks(event.service.name) })
    }
  }

  private replace(key: readonly unknown[], value: unknown) {
    if (this.client.getQueryData(key) !== undefined) this.client.setQueryData(key, value)
  }
}

let connection: StreamState = { kind: 'connecting' }
const listeners = new Set<() => void>()

function setConnection(state: StreamState) {
  connection = state
  for (const listener of listeners) listener()
}

/** How the live connection of this page is doing. */
export function useConnection(): StreamState {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    () => connection,
  )
}
