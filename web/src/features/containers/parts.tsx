import { CircleCheck, CircleDashed, CircleDot, CirclePause, CircleX, HeartCrack, MemoryStick, RotateCw, Skull, type LucideIcon } from 'lucide-react'
import type { Container, List } from '@/api/types'
import { Notice, Status } from '@/ui'
import { conditionOf, moodOf, shortImage, type Condition } from './model'
import { useText } from './text'

const ICONS: Record<Condition, LucideIcon> = {
  running: CircleDot,
  healthy: CircleCheck,
  unhealthy: HeartCrack,
  starting: RotateCw,
  paused: CirclePause,
  restarting: RotateCw,
  created: CircleDashed,
  removing: CircleDashed,
  exited: CircleDashed,
  failed: CircleX,
  oom: MemoryStick,
  dead: Skull,
  unknown: CircleDashed,
}

/** How a container is doing: state and health in one mark. */
export function ContainerState({ container }: { container: Container }) {
  const t = useText()
  const condition = conditionOf(container)
  const code = container.exit_code !== null && container.state === 'exited' ? t('exitCode', { code: String(container.exit_code) }) : undefined
  return (
    <Status tone={moodOf(condition)} icon={ICONS[condition]} title={[code, container.fresh ? undefined : t('stale')].filter(Boolean).join(' · ') || undefined}>
      {t(`c_${condition}`)}
      {condition === 'failed' && container.exit_code !== null && <span className="text-fg-faint"> ({container.exit_code})</span>}
    </Status>
  )
}

/** Says which nodes a list could not ask. */
export function Incomplete({ list }: { list: List<unknown> }) {
  const t = useText()
  if (list.complete) return null
  return (
    <Notice tone="warn" title={t('incomplete')}>
      {t('incompleteHint', { nodes: list.missing.map(({ node }) => node).join(', ') })}
    </Notice>
  )
}

/** An image in one line. Where there is not room for all of it, the registry is cut and not what tells images apart. */
export function ImageName({ image }: { image: string }) {
  const name = shortImage(image)
  const cut = name.lastIndexOf('/') + 1
  return (
    <span title={image} className="flex min-w-0">
      {cut > 0 && <span className="min-w-0 truncate">{name.slice(0, cut)}</span>}
      <span className="max-w-full shrink-0 truncate">{name.slice(cut)}</span>
    </span>
  )
}
