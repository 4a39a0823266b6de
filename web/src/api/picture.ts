import type { Container, Feed, List, Node, Service } from '@/api/types'

/** The lists the browser keeps of the cluster, each absent until it was loaded. */
export interface Picture {
  containers?: List<Container>
  nodes?: List<Node>
  services?: List<Service>
}

/** The picture after these events. Lists that nothing happened to stay the same object. */
export function applyFeed(picture: Picture, events: readonly Feed[]): Picture {
  const containers = new Map<string, Container | null>()
  const nodes = new Map<string, Node | null>()
  const services = new Map<string, Service | null>()
  for (const event of events) {
    switch (event.kind) {
      case 'container':
        containers.set(event.container.id, event.container)
        break
      case 'container_gone':
        containers.set(event.id, null)
        break
      case 'node':
        nodes.set(event.node.id, event.node)
        break
      case 'node_gone':
        nodes.set(event.id, null)
        break
      case 'service':
        services.set(event.service.id, event.service)
        break
      case 'service_gone':
        services.set(event.id, null)
        break
      case 'reset':
        break
    }
  }
  return {
    ...(picture.containers && { containers: patch(picture.containers, containers) }),
    ...(picture.nodes && { nodes: patch(picture.nodes, nodes) }),
    ...(picture.services && { services: patch(picture.services, services) }),
  }
}

function patch<T extends { id: string }>(list: List<T>, changes: ReadonlyMap<string, T | null>): List<T> {
  if (changes.size === 0) return list
  const left = new Map(changes)
  const items: T[] = []
  for (const item of list.items) {
    const change = left.get(item.id)
    left.delete(item.id)
    if (change === undefined) items.push(item)
    else if (change !== null) items.push(change)
  }
  for (const item of left.values()) if (item !== null) items.push(item)
  return { ...list, items, total: items.length }
}
