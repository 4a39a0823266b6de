import { expect, test } from 'vitest'
import type { Finding, Node } from '@/api/types'
import { newcomer, nodeMatches, roleOf, stateOf, worstFirst } from './model'

const node = (part: Partial<Node>) =>
  ({ id: 'id1', name: 'fra1-worker-01', address: '10.77.0.12', connected: true, locked: null, engine_ok: true, joined: '2026-01-01T00:00:00Z', facts: null, swarm: null, ...part }) as Node

test('a node that is away is away, whatever its engine did', () => {
  expect(stateOf(node({ connected: false, engine_ok: false }))).toBe('away')
  expect(stateOf(node({ engine_ok: false }))).toBe('engineDown')
  expect(stateOf(node({}))).toBe('connected')
})

test('a node whose key was copied is locked, not merely away', () => {
  expect(stateOf(node({ connected: false, locked: '2026-01-02T00:00:00Z' }))).toBe('locked')
})

test('only the manager that leads is the leader', () => {
  const swarm = (role: string, leader: boolean) => node({ swarm: { role, leader } as Node['swarm'] })
  expect([roleOf(swarm('manager', true)), roleOf(swarm('manager', false)), roleOf(swarm('worker', false)), roleOf(node({}))]).toEqual(['leader', 'manager', 'worker', 'standalone'])
})

test('a node is found by words of its name, address and labels', () => {
  const one = node({ swarm: { role: 'worker', availability: 'active', labels: { zone: 'b' } } as unknown as Node['swarm'] })
  expect(nodeMatches(one, 'worker 10.77')).toBe(true)
  expect(nodeMatches(one, 'ZONE=B')).toBe(true)
  expect(nodeMatches(one, 'zone=a')).toBe(false)
  expect(nodeMatches(one, '')).toBe(true)
})

test('findings stand worst first, else in the order of the doctor', () => {
  const finding = (check: string, severity: string) => ({ check, severity }) as Finding
  expect(worstFirst([finding('a', 'ok'), finding('b', 'warning'), finding('c', 'error'), finding('d', 'ok')]).map(({ check }) => check)).toEqual(['c', 'b', 'a', 'd'])
})

test('the newcomer is who was not there before, and only once it is connected', () => {
  const known = new Set(['old'])
  const old = node({ id: 'old' })
  expect(newcomer([old], known)).toBeNull()
  expect(newcomer([old, node({ id: 'x', connected: false })], known)).toBeNull()
  const x = node({ id: 'x', joined: '2026-01-02T00:00:00Z' })
  const y = node({ id: 'y', joined: '2026-01-03T00:00:00Z' })
  expect(newcomer([old, x, y], known)?.id).toBe('y')
})
