import type { Node } from '@/api/types'
import { Badge, Meter, Status, TimeAgo } from '@/ui'
import { percent } from '@/lib/numbers'
import { roleOf, stateOf, STATE_TONE } from './model'
import { useText } from './text'

export function NodeStatus({ node }: { node: Node }) {
  const t = useText()
  const state = stateOf(node)
  return (
    <Status tone={STATE_TONE[state]}>
      {t(state)}
      {state === 'away' && node.last_seen !== null && (
        <span className="ml-1.5 text-xs text-fg-faint">
          <TimeAgo at={node.last_seen} />
        </span>
      )}
    </Status>
  )
}

/** Role in the Swarm, and availability where it is not the usual one. */
export function NodeRole({ node }: { node: Node }) {
  const t = useText()
  const role = roleOf(node)
  const availability = node.swarm?.availability
  return (
    <span className="inline-flex items-center gap-1.5">
      <Badge tone={role === 'leader' || role === 'manager' ? 'info' : 'note'}>{t(role)}</Badge>
      {(availability === 'drain' || availability === 'pause') && <Badge tone="warn">{t(availability)}</Badge>}
    </span>
  )
}

export function LoadBar({ label, value }: { label: string; value: number | null }) {
  return (
    <span className="flex w-24 items-center gap-2">
      <Meter percent={value} label={label} className="flex-1" />
      <span className="figures w-8 text-right text-xs text-fg-soft">{value === null ? '–' : percent(value)}</span>
    </span>
  )
}
