import { describe, expect, it } from 'vitest'
import type { Service, Task } from '@/api/types'
import { conditionOf, matchesSearch, moodOf, readSearch, splitImage, taskMood, tasksInOrder } from './model'

const service = (more: Partial<Service>): Service => ({
  id: 's1',
  name: 'demo_web',
  stack: 'demo',
  image: 'nginx:1',
  mode: 'replicated',
  tasks_running: 3,
  tasks_desired: 3,
  created: '2026-11-20T10:00:00Z',
  updated: '2026-11-20T10:00:00Z',
  update_state: null,
  update_message: null,
  ports: [],
  ...more,
})
const task = (more: Partial<Task>): Task => ({
  id: 't1',
  name: 'demo_web.1',
  service_id: 's1',
  service: 'demo_web',
  slot: 1,
  node: 'n1',
  container_id: null,
  image: 'nginx:1',
  desired_state: 'running',
  state: 'running',
  message: 'started',
  error: null,
  updated: '2026-11-20T10:00:00Z',
  ...more,
})

describe('a service', () => {
  it.each([
    [{}, 'steady', 'ok'],
    [{ tasks_running: 2 }, 'short', 'warn'],
    [{ tasks_running: 0 }, 'down', 'bad'],
    [{ tasks_running: 0, tasks_desired: 0 }, 'stopped', 'note'],
    [{ tasks_running: 4 }, 'over', 'warn'],
    [{ tasks_running: 2, update_state: 'updating' }, 'updating', 'warn'],
    [{ update_state: 'paused' }, 'paused', 'bad'],
    [{ update_state: 'completed' }, 'steady', 'ok'],
    [{ update_state: 'rollback_completed' }, 'rolled_back', 'warn'],
    [{ mode: 'replicated-job', tasks_running: 0, tasks_desired: 3 }, 'done', 'ok'],
  ] as const)('%j is %s', (more, condition, mood) => {
    expect(conditionOf(service(more))).toBe(condition)
    expect(moodOf(conditionOf(service(more)))).toBe(mood)
  })

  it('is found by words, stack and trouble', () => {
    expect(matchesSearch(service({}), { q: 'WEB nginx', stack: 'demo' })).toBe(true)
    expect(matchesSearch(service({}), { state: 'trouble' })).toBe(false)
    expect(matchesSearch(service({ tasks_running: 1 }), { state: 'trouble' })).toBe(true)
    expect(readSearch({ q: 1, state: 'x', stack: null })).toEqual({ q: '1' })
  })

  it('shows its image apart from the digest', () => {
    expect(splitImage('nginx:1@sha256:0123456789abcdef')).toEqual({ name: 'nginx:1', digest: '0123456789ab' })
    expect(splitImage('nginx')).toEqual({ name: 'nginx', digest: null })
  })
})

describe('tasks', () => {
  it('stand by slot while they live and by age when they ended', () => {
    const { current, past } = tasksInOrder([
      task({ id: 'old', desired_state: 'shutdown', state: 'failed', updated: '2026-11-20T08:00:00Z' }),
      task({ id: 'two', slot: 2 }),
      task({ id: 'one', slot: 1, state: 'preparing' }),
      task({ id: 'newer', desired_state: 'shutdown', state: 'shutdown', updated: '2026-11-20T09:00:00Z' }),
    ])
    expect(current.map((t) => t.id)).toEqual(['one', 'two'])
    expect(past.map((t) => t.id)).toEqual(['newer', 'old'])
  })
  it('have a mood', () => {
    expect(taskMood(task({}))).toBe('ok')
    expect(taskMood(task({ state: 'rejected' }))).toBe('bad')
    expect(taskMood(task({ state: 'preparing' }))).toBe('warn')
    expect(taskMood(task({ desired_state: 'shutdown' }))).toBe('warn')
  })
})
