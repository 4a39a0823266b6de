import { useEffect, useReducer, useRef, useState } from 'react'
import { API, apiPath } from '@/api/http'
import { EventStream, type StreamState } from '@/api/stream'
import type { LiveFrame } from '@/api/types'
import { append, containerPoint, emptyColumns, nodePoint, type Columns } from './model'

/** Whose figures: of a container by its whole id, or of a node. */
export type Subject = { container: string } | { node: string }

export interface Live {
  tail: Columns
  /** Rises with every point. */
  version: number
  newest: LiveFrame | null
  state: StreamState
}

/** The live figures of one subject while it is mounted and `wanted`: a point a second, an hour at most. */
export function useLive(subject: Subject, wanted: boolean): Live {
  const key = 'container' in subject ? `c${subject.container}` : `n${subject.node}`
  const [version, bump] = useReducer((n: number) => n + 1, 0)
  const [state, setState] = useState<StreamState>({ kind: 'connecting' })
  const kept = useRef<{ key: string; tail: Columns; newest: LiveFrame | null }>({ key, tail: emptyColumns(), newest: null })
  if (kept.current.key !== key) kept.current = { key, tail: emptyColumns(), newest: null }

  useEffect(() => {
    if (!wanted) return
    const id = key.slice(1)
    const container = key.startsWith('c')
    const path = apiPath('/stats', container ? { container: id } : { node: id }).slice(API.length)
    const stream = new EventStream(path, {
      onEvent: ({ data }) => {
        const frame = JSON.parse(data) as LiveFrame
        const point = container ? containerPoint(frame, id) : nodePoint(frame)
        if (!point || kept.current.key !== key) return
        append(kept.current.tail, point)
        kept.current.newest = frame
        bump()
      },
      onState: setState,
    })
    return () => stream.close()
  }, [key, wanted])

  return { tail: kept.current.tail, newest: kept.current.newest, version, state }
}
