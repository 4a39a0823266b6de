import { useEffect, useState } from 'react'
import { API, apiPath } from '@/api/http'
import { EventStream } from '@/api/stream'
import type { LiveFrame } from '@/api/types'

/** What to watch, once a second: a node with all its containers, one container, or (neither) all nodes without containers. */
export interface Watched {
  node?: string
  container?: string
}

interface Shared {
  stream: EventStream
  watchers: Set<(frame: LiveFrame) => void>
}

const open = new Map<string, Shared>()

/** Calls `onFrame` with each live frame until the returned function is called. Watchers of the same thing share one stream. */
export function watchStats(what: Watched, onFrame: (frame: LiveFrame) => void): () => void {
  const path = apiPath('/stats', { ...what }).slice(API.length)
  let shared = open.get(path)
  if (!shared) {
    const watchers: Shared['watchers'] = new Set()
    const stream = new EventStream(path, {
      onEvent: ({ data }) => {
        const frame = JSON.parse(data) as LiveFrame
        for (const watcher of watchers) watcher(frame)
      },
    })
    shared = { stream, watchers }
    open.set(path, shared)
  }
  const { stream, watchers } = shared
  watchers.add(onFrame)
  return () => {
    watchers.delete(onFrame)
    if (watchers.size > 0) return
    stream.close()
    if (open.get(path)?.stream === stream) open.delete(path)
  }
}

/** The newest frame of each node by its id; empty until the first comes. Nothing is watched while `what` is null. */
export function useLiveFrames(what: Watched | null): ReadonlyMap<string, LiveFrame> {
  const [frames, setFrames] = useState<ReadonlyMap<string, LiveFrame>>(new Map())
  const node = what?.node
  const container = what?.container
  const off = what === null
  useEffect(() => {
    setFrames(new Map())
    if (off) return
    return watchStats({ ...(node === undefined ? {} : { node }), ...(container === undefined ? {} : { container }) }, (frame) =>
      setFrames((before) => new Map(before).set(frame.node_id, frame)),
    )
  }, [off, node, container])
  return frames
}
