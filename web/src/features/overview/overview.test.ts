import { expect, test } from 'vitest'
import type { Container, Node, Series, Service } from '@/api/types'
import { attention } from './attention'
import { addUp } from './history'

const node = (part: Partial<Node>) => ({ id: 'n', name: 'n', connected: true, locked: null, engine_ok: true, load: null, swarm: null, ...part }) as Node
const service = (part: Partial<Service>) => ({ id: 's', name: 's', mode: 'replicated', tasks_running: 2, tasks_desired: 2, update_state: null, ...part }) as Service
const container = (part: Partial<Container>) =>
  ({ id: 'c', name: 'c', node: 'n', fresh: true, state: 'running', health: 'none', oom_killed: false, task: null, ...part }) as Container
const load = (disk: number, memory: number) => ({ disk_used: disk, disk_total: 100, memory_used: memory, memory_total: 100 }) as NonNullable<Node['load']>

const kinds = (nodes: Node[], services: Service[] = [], containers: Container[] = []) => attention(nodes, services, containers).map(({ kind }) => kind)

test('a cluster that is well needs nothing', () => {
  expect(kinds([node({ load: load(60, 70) })], [service({})], [container({ health: 'healthy' }), container({ state: 'exited' })])).toEqual([])
})

test('of a node that is away only that is said', () => {
  expect(kinds([node({ connected: false, engine_ok: false, load: load(99, 99) })])).toEqual(['nodeAway'])
  expect(kinds([node({ connected: false, locked: '2026-01-02T00:00:00Z' })])).toEqual(['nodeLocked'])
})

test('full disks and memories warn, and alarm when it is nearly too late', () => {
  expect(attention([node({ load: load(88, 20) })], [], [])[0]).toMatchObject({ kind: 'diskFull', level: 'warn' })
  expect(attention([node({ load: load(95, 20) })], [], [])[0]).toMatchObject({ kind: 'diskFull', level: 'bad' })
  expect(kinds([node({ load: load(84.9, 84.9) })])).toEqual([])
})

test('a service without any replica is worse than one that is short, and a job that is done is neither', () => {
  expect(kinds([], [service({ tasks_running: 1 }), service({ tasks_running: 0 }), service({ mode: 'replicated-job', tasks_running: 0 })])).toEqual(['serviceDown', 'serviceShort'])
})

test('what a swarm service left behind is history; what was started by hand and killed for memory is trouble', () => {
  const gone = { state: 'exited', oom_killed: true } as const
  expect(kinds([], [], [container({ ...gone, task: { service: 's' } as Container['task'] }), container({ ...gone })])).toEqual(['oom'])
})

test('containers of a node that is away are not judged', () => {
  expect(kinds([], [], [container({ health: 'unhealthy', fresh: false })])).toEqual([])
})

test('the worst comes first', () => {
  const list = attention([node({ swarm: { state: 'ready', availability: 'drain' } as Node['swarm'], load: load(90, 10) })], [service({ tasks_running: 0 })], [])
  expect(list.map(({ level }) => level)).toEqual(['bad', 'warn', 'note'])
})

test('histories are added moment by moment, and a hole of one node does not hide the others', () => {
  const series = (at: number[], cpu: (number | null)[], memory: (number | null)[]) => ({ at, cpu, memory }) as Series
  const sum = addUp([
    { series: series([10, 20, 30], [50, null, 100], [1, null, 3]), cpus: 4 },
    { series: series([20, 30, 40], [25, 50, null], [10, 20, null]), cpus: 8 },
  ])
  expect(sum).toEqual({ cores: [2, 2, 8, null], memory: [1, 10, 23, null] })
})
