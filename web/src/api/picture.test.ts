import { expect, test } from 'vitest'
import { applyFeed } from './picture'
import type { Container, List, Node } from './types'

const list = <T,>(items: T[]): List<T> => ({ items, complete: true, missing: [], next: null, total: items.length })
const node = (id: string, name: string) => ({ id, name }) as Node
const container = (id: string, state: string) => ({ id, state }) as Container

test('what changed is replaced where it stood, what is new comes last, what is gone goes', () => {
  const before = { nodes: list([node('a', 'one'), node('b', 'two'), node('c', 'three')]) }
  const after = applyFeed(before, [
    { kind: 'node', node: node('b', 'second') },
    { kind: 'node', node: node('d', 'four') },
    { kind: 'node_gone', id: 'a' },
    { kind: 'node_gone', id: 'never-seen' },
  ])
  expect(after.nodes?.items.map(({ name }) => name)).toEqual(['second', 'three', 'four'])
  expect(after.nodes?.total).toBe(3)
})

test('of several events about one thing the last one holds', () => {
  const before = { containers: list([container('a', 'created')]) }
  const twice = applyFeed(before, [
    { kind: 'container', container: container('a', 'running') },
    { kind: 'container_gone', id: 'a' },
    { kind: 'container', container: container('a', 'exited') },
  ])
  expect(twice.containers?.items).toEqual([{ id: 'a', state: 'exited' }])
  const gone = applyFeed(before, [{ kind: 'container', container: container('b', 'running') }, { kind: 'container_gone', id: 'b' }])
  expect(gone.containers?.items.map(({ id }) => id)).toEqual(['a'])
})

test('lists that nothing happened to stay the same, and lists that were never loaded stay away', () => {
  const before = { nodes: list([node('a', 'one')]), containers: list([container('x', 'running')]) }
  const after = applyFeed(before, [{ kind: 'container', container: container('x', 'exited') }, { kind: 'service_gone', id: 's' }])
  expect(after.nodes).toBe(before.nodes)
  expect(after.containers).not.toBe(before.containers)
  expect(after).not.toHaveProperty('services')
})
