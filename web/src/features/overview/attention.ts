import type { Container, Node, Service } from '@/api/types'
import { share } from '@/lib/numbers'

/** Something that wants a look, worst first. What it is called and where it leads is the page's business. */
export type Trouble =
  | { kind: 'nodeLocked'; level: 'bad'; node: Node }
  | { kind: 'nodeAway'; level: 'bad'; node: Node }
  | { kind: 'engineDown'; level: 'bad'; node: Node }
  | { kind: 'swarmDown'; level: 'bad'; node: Node; state: string }
  | { kind: 'diskFull'; level: 'bad' | 'warn'; node: Node; percent: number }
  | { kind: 'memoryFull'; level: 'bad' | 'warn'; node: Node; percent: number }
  | { kind: 'drained'; level: 'note'; node: Node; availability: string }
  | { kind: 'serviceDown'; level: 'bad'; service: Service }
  | { kind: 'serviceShort'; level: 'warn'; service: Service }
  | { kind: 'updatePaused'; level: 'bad'; service: Service }
  | { kind: 'unhealthy'; level: 'bad'; container: Container }
  | { kind: 'restarting'; level: 'warn'; container: Container }
  | { kind: 'dead'; level: 'bad'; container: Container }
  | { kind: 'oom'; level: 'warn'; container: Container }

/** From these percents on a disk or a memory is worth a line. */
const FULL_WARN = 85
const FULL_BAD = 94

const ORDER = { bad: 0, warn: 1, note: 2 } as const

/**
 * What is wrong in this picture. Containers that a Swarm service replaced are its history, not trouble; of a node that is
 * away only that is said, because nothing else about it is known.
 */
export function attention(nodes: readonly Node[], services: readonly Service[], containers: readonly Container[]): Trouble[] {
  const found: Trouble[] = []
  for (const node of nodes) {
    if (!node.connected) {
      found.push({ kind: node.locked === null ? 'nodeAway' : 'nodeLocked', level: 'bad', node })
      continue
    }
    if (!node.engine_ok) found.push({ kind: 'engineDown', level: 'bad', node })
    if (node.swarm && node.swarm.state !== 'ready' && node.swarm.state !== 'unknown')
      found.push({ kind: 'swarmDown', level: 'bad', node, state: node.swarm.state })
    if (node.swarm && (node.swarm.availability === 'drain' || node.swarm.availability === 'pause'))
      found.push({ kind: 'drained', level: 'note', node, availability: node.swarm.availability })
    if (node.load) {
      const disk = share(node.load.disk_used, node.load.disk_total)
      const memory = share(node.load.memory_used, node.load.memory_total)
      if (disk >= FULL_WARN) found.push({ kind: 'diskFull', level: disk >= FULL_BAD ? 'bad' : 'warn', node, percent: disk })
      if (memory >= FULL_WARN) found.push({ kind: 'memoryFull', level: memory >= FULL_BAD ? 'bad' : 'warn', node, percent: memory })
    }
  }
  for (const service of services) {
    if (service.update_state === 'paused' || service.update_state === 'rollback_paused') found.push({ kind: 'updatePaused', level: 'bad', service })
    else if (service.mode.endsWith('-job') || service.tasks_running >= service.tasks_desired) continue
    else if (service.tasks_running === 0) found.push({ kind: 'serviceDown', level: 'bad', service })
    else found.push({ kind: 'serviceShort', level: 'warn', service })
  }
  for (const container of containers) {
    if (!container.fresh) continue
    if (container.state === 'running' && container.health === 'unhealthy') found.push({ kind: 'unhealthy', level: 'bad', container })
    else if (container.state === 'restarting') found.push({ kind: 'restarting', level: 'warn', container })
    else if (container.state === 'dead') found.push({ kind: 'dead', level: 'bad', container })
    else if (container.state === 'exited' && container.oom_killed && container.task === null) found.push({ kind: 'oom', level: 'warn', container })
  }
  return found
    .map((trouble, index) => ({ trouble, index }))
    .sort((a, b) => ORDER[a.trouble.level] - ORDER[b.trouble.level] || a.index - b.index)
    .map(({ trouble }) => trouble)
}
