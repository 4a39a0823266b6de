import { QueryClient } from '@tanstack/react-query'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { LiveFeed } from './feed'
import { keys } from './keys'
import type { Feed, List, Node } from './types'

let write: (text: string) => void = () => undefined
let hangUp: () => void = () => undefined

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('fetch', () => {
    const encoder = new TextEncoder()
    const body = new ReadableStream<Uint8Array>({
      start(control) {
        write = (text) => control.enqueue(encoder.encode(text))
        hangUp = () => control.close()
      },
    })
    return Promise.resolve(new Response(body))
  })
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const node = (id: string, name: string) => ({ id, name }) as Node
const list = (...items: Node[]): List<Node> => ({ items, complete: true, missing: [], next: null, total: items.length })
const tell = (id: number, event: Feed) => write(`id: ${id}\ndata: ${JSON.stringify(event)}\n\n`)

/** A client that shows the list of nodes, with what the manager would answer in `truth`. */
function watching(truth: List<Node>) {
  const client = new QueryClient()
  const load = vi.fn(() => Promise.resolve(truth))
  void client.query({ queryKey: keys.nodes, queryFn: load })
  return { client, names: () => client.getQueryData<List<Node>>(keys.nodes)?.items.map(({ name }) => name) }
}

test('events change the list that a page shows, several at once in one step', async () => {
  const { client, names } = watching(list(node('a', 'one')))
  const feed = new LiveFeed(client)
  feed.start()
  await vi.advanceTimersByTimeAsync(0)
  tell(1, { kind: 'node', node: node('a', 'renamed') })
  tell(2, { kind: 'node', node: node('b', 'two') })
  await vi.advanceTimersByTimeAsync(500)
  expect(names()).toEqual(['renamed', 'two'])
  tell(3, { kind: 'node_gone', id: 'a' })
  await vi.advanceTimersByTimeAsync(500)
  expect(names()).toEqual(['two'])
  feed.stop()
})

test('a cut that the manager can resume loads nothing again', async () => {
  const { client, names } = watching(list(node('a', 'one')))
  const feed = new LiveFeed(client)
  feed.start()
  await vi.advanceTimersByTimeAsync(0)
  const again = vi.spyOn(client, 'invalidateQueries')
  hangUp()
  await vi.advanceTimersByTimeAsync(15_000)
  tell(9, { kind: 'node', node: node('b', 'while away') })
  await vi.advanceTimersByTimeAsync(500)
  expect(again).not.toHaveBeenCalled()
  expect(names()).toEqual(['one', 'while away'])
  feed.stop()
})

test('after a reset the lists are loaded again, and what comes meanwhile is not lost', async () => {
  const { client, names } = watching(list(node('a', 'old')))
  const feed = new LiveFeed(client)
  feed.start()
  await vi.advanceTimersByTimeAsync(0)
  let done: () => void = () => undefined
  const loading = new Promise<void>((resolve) => (done = resolve))
  vi.spyOn(client, 'invalidateQueries').mockImplementation(async () => {
    await loading
    client.setQueryData(keys.nodes, list(node('a', 'new')))
  })
  tell(5, { kind: 'reset' })
  tell(6, { kind: 'node', node: node('b', 'meanwhile') })
  await vi.advanceTimersByTimeAsync(500)
  expect(names()).toEqual(['old'])
  done()
  await vi.advanceTimersByTimeAsync(500)
  expect(names()).toEqual(['new', 'meanwhile'])
  feed.stop()
})
