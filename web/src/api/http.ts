import type { Problem } from '@/api/types'

/** Where every path of the manager's API starts. */
export const API = '/api/v1'

/** What went wrong, in the manager's words; `code` is for programs, `message` and `hint` are for people. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly hint: string
  readonly field: string | null | undefined

  constructor(problem: Omit<Problem, 'type'>) {
    super(problem.detail || problem.title)
    this.name = 'ApiError'
    this.status = problem.status
    this.code = problem.code
    this.title = problem.title
    this.hint = problem.hint
    this.field = problem.field
  }

  /** True when the manager could not be reached at all. */
  get offline(): boolean {
    return this.status === 0
  }
}

const signedOut = new Set<() => void>()

/** Called whenever the manager says that nobody is signed in any more. */
export function onSignedOut(listener: () => void): () => void {
  signedOut.add(listener)
  return () => void signedOut.delete(listener)
}

export type Query = Record<string, string | number | boolean | undefined>

export function apiPath(path: string, query: Query = {}): string {
  const given = Object.entries(query).flatMap(([key, value]) => (value === undefined || value === '' ? [] : [[key, String(value)]]))
  return API + path + (given.length > 0 ? `?${new URLSearchParams(given).toString()}` : '')
}

export function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  return send<T>('GET', apiPath(path, query), undefined, signal)
}

export function post<T>(path: string, body: unknown = {}): Promise<T> {
  return send<T>('POST', apiPath(path), body)
}

export function del(path: string): Promise<void> {
  return send('DELETE', apiPath(path))
}

async function send<T>(method: string, url: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  // The header proves to the manager that a page of ours asks: another site cannot set it.
  const headers: Record<string, string> = { Accept: 'application/json', 'X-Crane': '1' }
  if (method !== 'GET') headers['Content-Type'] = 'application/json'
  let answer: Response
  try {
    answer = await fetch(url, {
      method,
      headers,
      credentials: 'same-origin',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw unreachable()
  }
  if (!answer.ok) throw await failure(answer)
  if (answer.status === 204) return undefined as T
  const text = await answer.text()
  return (text === '' ? undefined : JSON.parse(text)) as T
}

/** The error a refused answer stands for; tells the listeners when the sign-in session is over. */
export async function failure(answer: Response): Promise<ApiError> {
  const error = new ApiError(await problemOf(answer))
  // Asking who is signed in is how the shell finds out at its start; there it decides itself where to go.
  const asked = answer.url.endsWith(`${API}/session`)
  if (error.code === 'not_signed_in' && !asked) for (const listener of signedOut) listener()
  return error
}

async function problemOf(answer: Response): Promise<Omit<Problem, 'type'>> {
  const plain = { title: answer.statusText || `HTTP ${answer.status}`, status: answer.status, code: `http_${answer.status}`, detail: '', hint: '' }
  if (!(answer.headers.get('Content-Type') ?? '').includes('json')) return plain
  try {
    const said = (await answer.json()) as Partial<Problem>
    return { ...plain, ...said, status: answer.status }
  } catch {
    return plain
  }
}

export function unreachable(): ApiError {
  return new ApiError({ title: 'Unreachable', status: 0, code: 'unreachable', detail: 'The manager cannot be reached.', hint: '' })
}
