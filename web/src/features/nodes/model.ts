import type { Finding, Node } from '@/api/types'
import type { Tone } from '@/ui'

/** How a node is doing, worst first. */
export type NodeState = 'locked' | 'away' | 'engineDown' | 'connected'

export function stateOf(node: Node): NodeState {
  if (node.locked !== null) return 'locked'
  if (!node.connected) return 'away'
  return node.engine_ok ? 'connected' : 'engineDown'
}

export const STATE_TONE: Record<NodeState, Tone> = { locked: 'bad', away: 'bad', engineDown: 'warn', connected: 'ok' }

export type NodeRole = 'leader' | 'manager' | 'worker' | 'standalone'

export function roleOf(node: Node): NodeRole {
  if (!node.swarm) return 'standalone'
  if (node.swarm.leader) return 'leader'
  return node.swarm.role === 'manager' ? 'manager' : 'worker'
}

/** Whether every word of the query is somewhere in what identifies the node. */
export function nodeMatches(node: Node, query: string): boolean {
  const labels = Object.entries(node.swarm?.labels ?? {}).map(([key, value]) => `${key}=${value}`)
  const text = [node.name, node.id, node.address, node.swarm?.role, node.swarm?.availability, node.facts?.os, ...(node.facts?.addresses ?? []), ...labels]
    .join(' ')
    .toLowerCase()
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}

const SEVERITY: Partial<Record<string, number>> = { error: 0, warning: 1, ok: 2 }

/** Findings, the worst first; otherwise in the doctor's order. */
export function worstFirst(findings: readonly Finding[]): Finding[] {
  const rank = (finding: Finding) => SEVERITY[finding.severity] ?? 1
  return findings
    .map((finding, index) => ({ finding, index }))
    .sort((a, b) => rank(a.finding) - rank(b.finding) || a.index - b.index)
    .map(({ finding }) => finding)
}

/** The node that joined since `known` was noted: the one that was not there before, the newest if several. */
export function newcomer(nodes: readonly Node[], known: ReadonlySet<string>): Node | null {
  const fresh = nodes.filter(({ id, connected }) => connected && !known.has(id))
  return fresh.reduce<Node | null>((newest, node) => (newest === null || node.joined > newest.joined ? node : newest), null)
}
