import { apiPath, failure, type ApiError, type Query } from '@/api/http'

/** A WebSocket of the manager; binary messages arrive as `ArrayBuffer`. The browser sends the session cookie and the origin by itself. */
export function openSocket(path: string, query: Query = {}): WebSocket {
  const url = new URL(apiPath(path, query), location.href)
  url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:'
  const socket = new WebSocket(url)
  socket.binaryType = 'arraybuffer'
  return socket
}

/** Answers that say something about the request's form and nothing about its right. */
const FORM = new Set([400, 405, 406, 408, 426, 429])

/**
 * Why the manager refused to open a socket. A page never sees the answer to a refused upgrade, so the same route is
 * asked once without it. `null` when there is no refusal that would stay: trying again makes sense.
 */
export async function refusalOf(path: string, query: Query = {}): Promise<ApiError | null> {
  const over = new AbortController()
  try {
    const answer = await fetch(apiPath(path, query), {
      headers: { Accept: 'application/json', 'X-Crane': '1' },
      credentials: 'same-origin',
      signal: over.signal,
    })
    if (answer.ok || answer.status >= 500 || FORM.has(answer.status)) return null
    return await failure(answer)
  } catch {
    return null
  } finally {
    over.abort()
  }
}

