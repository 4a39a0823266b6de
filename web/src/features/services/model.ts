/** What the service pages compute. */
import type { Service, Task } from '@/api/types'

export type ServiceMood = 'ok' | 'warn' | 'bad' | 'note'

/** How a service is doing, in one word. Its update counts before its numbers: while it rolls, numbers differ by design. */
export type Condition =
  'steady' | 'updating' | 'rolling_back' | 'paused' | 'rolled_back' | 'short' | 'down' | 'stopped' | 'over' | 'done'

export function conditionOf(service: Pick<Service, 'mode' | 'tasks_running' | 'tasks_desired' | 'update_state'>): Condition {
  switch (service.update_state) {
    case 'updating':
      return 'updating'
    case 'paused':
    case 'rollback_paused':
      return 'paused'
    case 'rollback_started':
      return 'rolling_back'
    default:
  }
  const { tasks_running: running, tasks_desired: desired } = service
  if (service.mode.endsWith('-job')) return running === 0 ? 'done' : 'steady'
  if (desired === 0) return running === 0 ? 'stopped' : 'over'
  if (running === 0) return 'down'
  if (running < desired) return 'short'
  if (running > desired) return 'over'
  return service.update_state === 'rollback_completed' ? 'rolled_back' : 'steady'
}

export function moodOf(condition: Condition): ServiceMood {
  switch (condition) {
    case 'steady':
    case 'done':
      return 'ok'
    case 'updating':
    case 'rolling_back':
    case 'short':
    case 'over':
    case 'rolled_back':
      return 'warn'
    case 'paused':
    case 'down':
      return 'bad'
    case 'stopped':
      return 'note'
  }
}

export interface ServiceSearch {
  q?: string
  stack?: string
  state?: 'trouble'
}

export function readSearch(raw: Record<string, unknown>): ServiceSearch {
  const search: ServiceSearch = {}
  for (const key of ['q', 'stack'] as const) {
    const value = raw[key]
    const text = typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
    if (text !== '') search[key] = text.slice(0, 200)
  }
  if (raw['state'] === 'trouble') search.state = 'trouble'
  return search
}

export function matchesSearch(service: Service, search: ServiceSearch): boolean {
  if (search.stack !== undefined && service.stack !== search.stack) return false
  if (search.state === 'trouble' && ['ok', 'note'].includes(moodOf(conditionOf(service)))) return false
  if (search.q === undefined) return true
  const hay = `${service.name}\n${service.image}\n${service.stack ?? ''}\n${service.id}`.toLowerCase()
  return search.q
    .toLowerCase()
    .split(/\s+/)
    .every((word) => hay.includes(word))
}

/** `nginx:1` of `nginx:1@sha256:…`, and the twelve characters of the digest that people compare. */
export function splitImage(image: string): { name: string; digest: string | null } {
  const at = image.indexOf('@sha256:')
  return at < 0 ? { name: image, digest: null } : { name: image.slice(0, at), digest: image.slice(at + 8, at + 20) }
}

export function taskMood(task: Pick<Task, 'state' | 'desired_state'>): ServiceMood {
  switch (task.state) {
    case 'running':
      return task.desired_state === 'running' ? 'ok' : 'warn'
    case 'complete':
      return 'ok'
    case 'failed':
    case 'rejected':
    case 'orphaned':
      return 'bad'
    case 'shutdown':
    case 'remove':
      return 'note'
    default:
      return 'warn'
  }
}

/** Live tasks by slot first, then what ended, newest first. */
export function tasksInOrder(tasks: readonly Task[]): { current: Task[]; past: Task[] } {
  const live = (task: Task) => task.desired_state === 'running' || task.desired_state === 'ready' || task.state === 'running'
  const names = new Intl.Collator('en', { numeric: true })
  return {
    current: tasks
      .filter(live)
      .sort((a, b) => (a.slot ?? 0) - (b.slot ?? 0) || names.compare(a.node ?? '', b.node ?? '') || names.compare(a.id, b.id)),
    past: tasks.filter((task) => !live(task)).sort((a, b) => Date.parse(b.updated) - Date.parse(a.updated)),
  }
}
