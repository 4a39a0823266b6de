import { Link } from '@tanstack/react-router'
import { ChevronRight, CircleCheck, CircleDashed, CircleX, TriangleAlert } from 'lucide-react'
import { cx } from '@/lib/cx'
import { percent } from '@/lib/numbers'
import { Badge, Card, EmptyState, SkeletonRows, TimeAgo } from '@/ui'
import type { Trouble } from './attention'
import { useText } from './text'

/** Lines shown; the lists behind them show all. */
const SHOWN = 14

const ICON = { bad: CircleX, warn: TriangleAlert, note: CircleDashed } as const
const INK = { bad: 'text-bad', warn: 'text-warn', note: 'text-note' } as const

export function Attention({ troubles, loading }: { troubles: readonly Trouble[]; loading: boolean }) {
  const t = useText()
  const worst = troubles.some(({ level }) => level === 'bad') ? 'bad' : troubles.some(({ level }) => level === 'warn') ? 'warn' : 'note'
  return (
    <Card flush title={t('attention')} aside={troubles.length > 0 ? <Badge tone={worst}>{troubles.length}</Badge> : undefined} className="self-start">
      {loading ? (
        <SkeletonRows rows={4} />
      ) : troubles.length === 0 ? (
        <EmptyState icon={CircleCheck} title={t('allWell')}>
          {t('allWellHint')}
        </EmptyState>
      ) : (
        <ul className="divide-y">
          {troubles.slice(0, SHOWN).map((trouble) => (
            <Line key={`${trouble.kind} ${subject(trouble).id}`} trouble={trouble} />
          ))}
          {troubles.length > SHOWN && <li className="px-4 py-2 text-sm text-fg-faint">{t('more', { n: troubles.length - SHOWN })}</li>}
        </ul>
      )}
    </Card>
  )
}

function subject(trouble: Trouble): { id: string; name: string } {
  return 'node' in trouble ? trouble.node : 'service' in trouble ? trouble.service : trouble.container
}

function Line({ trouble }: { trouble: Trouble }) {
  const Icon = ICON[trouble.level]
  const { name } = subject(trouble)
  const row = 'flex items-center gap-3 px-4 py-2.5 text-sm hover:bg-hover'
  const inner = (
    <>
      <Icon className={cx('size-4 shrink-0', INK[trouble.level])} aria-hidden />
      <span className="min-w-0 flex-1 sm:flex sm:items-baseline sm:gap-3">
        <span className="block truncate font-medium" title={name}>
          {name}
        </span>
        <span className="block min-w-0 truncate text-fg-faint sm:max-w-3/4 sm:shrink-0">
          <What trouble={trouble} />
        </span>
      </span>
      {trouble.kind === 'nodeAway' && (
        <span className="text-xs text-fg-faint">
          <TimeAgo at={trouble.node.last_seen} />
        </span>
      )}
      <ChevronRight className="size-4 shrink-0 text-fg-faint" aria-hidden />
    </>
  )
  return (
    <li>
      {'node' in trouble ? (
        <Link to="/nodes/$id" params={{ id: trouble.node.name }} className={row}>
          {inner}
        </Link>
      ) : 'service' in trouble ? (
        <Link to="/services/$id" params={{ id: trouble.service.name }} className={row}>
          {inner}
        </Link>
      ) : (
        <Link to="/containers/$id" params={{ id: trouble.container.id }} className={row}>
          {inner}
        </Link>
      )}
    </li>
  )
}

function What({ trouble }: { trouble: Trouble }) {
  const t = useText()
  switch (trouble.kind) {
    case 'nodeLocked':
    case 'nodeAway':
    case 'engineDown':
      return t(trouble.kind)
    case 'swarmDown':
      return t('swarmDown', { state: trouble.state })
    case 'diskFull':
    case 'memoryFull':
      return t(trouble.kind, { percent: percent(trouble.percent) })
    case 'drained':
      return t('drained', { availability: trouble.availability })
    case 'serviceDown':
      return t('serviceDown', { desired: trouble.service.tasks_desired })
    case 'serviceShort':
      return t('serviceShort', { running: trouble.service.tasks_running, desired: trouble.service.tasks_desired })
    case 'updatePaused':
      return trouble.service.update_message ?? t('updatePaused')
    case 'unhealthy':
    case 'restarting':
    case 'dead':
    case 'oom':
      return t(trouble.kind, { node: trouble.container.node })
  }
}
