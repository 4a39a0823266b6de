import { CircleCheck, CircleDashed, CirclePause, CircleX, RefreshCw, TriangleAlert, Undo2, type LucideIcon } from 'lucide-react'
import type { Service, Task } from '@/api/types'
import { cx } from '@/lib/cx'
import { share } from '@/lib/numbers'
import { Status } from '@/ui'
import { conditionOf, moodOf, taskMood, type Condition } from './model'
import { useText } from './text'

const ICONS: Record<Condition, LucideIcon> = {
  steady: CircleCheck,
  updating: RefreshCw,
  rolling_back: Undo2,
  paused: CirclePause,
  rolled_back: Undo2,
  short: TriangleAlert,
  down: CircleX,
  stopped: CircleDashed,
  over: TriangleAlert,
  done: CircleCheck,
}

export function ServiceState({ service }: { service: Service }) {
  const t = useText()
  const condition = conditionOf(service)
  return (
    <Status tone={moodOf(condition)} icon={ICONS[condition]} title={service.update_message ?? undefined}>
      {t(`c_${condition}`)}
    </Status>
  )
}

const BAR = { ok: 'bg-ok-fill', warn: 'bg-warn-fill', bad: 'bg-bad-fill', note: 'bg-line-strong' } as const

/** Running of desired, in figures and as a bar. */
export function TaskCount({ service }: { service: Service }) {
  const t = useText()
  const { tasks_running: running, tasks_desired: desired } = service
  const words = t('runningOf', { running, desired })
  const condition = conditionOf(service)
  // What is done runs no more: an empty bar would look like trouble.
  const full = condition === 'done' ? 100 : Math.min(100, share(running, desired))
  return (
    <span title={words} className="inline-grid w-16 gap-0.5">
      <span className="figures">
        <span className={cx(running < desired && 'font-medium text-fg')}>{running}</span>
        <span className="text-fg-faint">/{desired}</span>
      </span>
      <span role="img" aria-label={words} className="block h-1 overflow-hidden rounded-full bg-sunken">
        <span className={cx('block h-full rounded-full', BAR[moodOf(condition)])} style={{ width: `${full}%` }} />
      </span>
    </span>
  )
}

const STATES = ['new', 'pending', 'assigned', 'accepted', 'preparing', 'ready', 'starting', 'running', 'complete', 'shutdown', 'failed', 'rejected', 'remove', 'orphaned'] as const

export function TaskState({ task }: { task: Task }) {
  const t = useText()
  const state = STATES.find((one) => one === task.state)
  const name = state ? t(`t_${state}`) : task.state
  return (
    <Status tone={taskMood(task)} title={t('desired', { state: task.desired_state })}>
      {name}
    </Status>
  )
}

const MODES = ['replicated', 'global', 'replicated-job', 'global-job'] as const

export function Mode({ mode }: { mode: string }) {
  const t = useText()
  const known = MODES.find((one) => one === mode)
  return <>{known ? t(`m_${known}`) : mode}</>
}
