import { describe, expect, it } from 'vitest'
import type { LiveFrame, Series } from '@/api/types'
import { append, containerPoint, emptyColumns, fromSeries, join, newest, nodePoint, peak, type LivePoint } from './model'

const series = (at: number[], step: number): Series => {
  const column = at.map((_, i) => i)
  return {
    step,
    at,
    cpu: column,
    cpu_max: column,
    memory: column,
    memory_max: column,
    rx: column,
    tx: column,
    read: column,
    write: column,
    pids: column,
  }
}
const point = (at: number, cpu = 1): LivePoint => ({ at, cpu, cpu_max: cpu, memory: 1, memory_max: 1, rx: 1, tx: 1, read: 1, write: 1, pids: 1 })

describe('history', () => {
  it('has a hole where the store has no points', () => {
    const columns = fromSeries(series([100, 110, 150, 160], 10))
    expect(columns.at).toEqual([100, 110, 120, 150, 160])
    expect(columns.cpu).toEqual([0, 1, null, 2, 3])
  })

  it('keeps nulls and drops points that go back in time', () => {
    const columns = fromSeries({ ...series([10, 20, 15, 30], 10), cpu: [1, null, 9, 3] })
    expect(columns.at).toEqual([10, 20, 30])
    expect(columns.cpu).toEqual([1, null, 3])
  })
})

describe('the live tail', () => {
  it('has a hole where seconds are missing', () => {
    const columns = emptyColumns()
    for (const at of [1, 2, 3, 20, 21]) append(columns, point(at))
    expect(columns.at).toEqual([1, 2, 3, 4, 20, 21])
    expect(columns.cpu).toEqual([1, 1, 1, null, 1, 1])
  })

  it('never goes back and is bounded', () => {
    const columns = emptyColumns()
    append(columns, point(5))
    append(columns, point(5, 9))
    append(columns, point(4, 9))
    expect(columns.cpu).toEqual([1])
    for (let i = 6; i < 20_000; i += 1) append(columns, point(i))
    expect(columns.at.length).toBeLessThanOrEqual(3660)
    expect(columns.at.at(-1)).toBe(19_999)
    expect(columns.pids).toHaveLength(columns.at.length)
  })

  it('goes on behind the history without doubling a second', () => {
    const history = fromSeries(series([100, 110, 120], 10))
    const tail = emptyColumns()
    for (const at of [118, 119, 120, 121, 122]) append(tail, point(at, 7))
    const joined = join(history, 10, tail, 105)
    expect(joined.at).toEqual([110, 120, 121, 122])
    expect(joined.cpu).toEqual([1, 2, 7, 7])
  })

  it('stands apart from the history when time is missing between them', () => {
    const tail = emptyColumns()
    append(tail, point(200, 7))
    expect(join(fromSeries(series([100, 110], 10)), 10, tail, 0).cpu).toEqual([0, 1, null, 7])
  })
})

describe('a live frame', () => {
  const frame: LiveFrame = {
    at: '2026-11-20T18:00:00Z',
    node_id: 'n',
    node: 'n1',
    load: { cpu: 12, load1: 1, memory_used: 5, memory_total: 10, disk_used: 1, disk_total: 2, rx: 3, tx: 4, uptime: 9 },
    containers: [
      {
        id: 'c',
        name: 'web',
        cpu: 150,
        memory: 7,
        memory_limit: 0,
        rx: 1,
        tx: 2,
        read: 3,
        write: 4,
        pids: 5,
        rx_total: 0,
        tx_total: 0,
        read_total: 0,
        write_total: 0,
      },
    ],
  }
  it('gives the point of a container and of its node', () => {
    expect(containerPoint(frame, 'c')).toMatchObject({ at: 1795197600, cpu: 150, pids: 5 })
    expect(containerPoint(frame, 'other')).toBeNull()
    expect(nodePoint(frame)).toMatchObject({ cpu: 12, memory: 5, rx: 3, pids: null })
    expect(nodePoint({ ...frame, at: 'yesterday' })).toBeNull()
  })
})

describe('figures of a column', () => {
  it('are its newest and its highest number, whatever holes there are', () => {
    expect(newest([1, 5, 2, null])).toBe(2)
    expect(peak([1, null, 5, 2])).toBe(5)
    expect([newest([null]), peak([])]).toEqual([null, null])
  })
})
