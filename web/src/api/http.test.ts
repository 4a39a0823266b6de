import { afterEach, describe, expect, test, vi } from 'vitest'
import { ApiError, apiPath, del, get, onSignedOut, post } from './http'

function answers(answer: Response | Error) {
  const fetched = vi.fn<typeof fetch>(() => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)))
  vi.stubGlobal('fetch', fetched)
  return fetched
}

const problem = (status: number, body: object) =>
  new Response(JSON.stringify({ type: 'about:blank', title: 'T', status, code: 'c', detail: 'D', hint: 'H', ...body }), {
    status,
    headers: { 'Content-Type': 'application/problem+json' },
  })

afterEach(() => vi.unstubAllGlobals())

describe('the manager is asked', () => {
  test('with the header that another site cannot set, and JSON when something changes', async () => {
    const fetched = answers(new Response('{"id":1}', { headers: { 'Content-Type': 'application/json' } }))
    await expect(post('/tokens', { name: 'x' })).resolves.toEqual({ id: 1 })
    const [url, init] = fetched.mock.calls[0] ?? []
    expect(url).toBe('/api/v1/tokens')
    expect(init).toMatchObject({ method: 'POST', body: '{"name":"x"}', headers: { 'X-Crane': '1', 'Content-Type': 'application/json' } })
  })

  test('without parameters that say nothing', () => {
    expect(apiPath('/containers', { q: 'a b', node: undefined, state: '', limit: 5 })).toBe('/api/v1/containers?q=a+b&limit=5')
  })

  test('and an empty answer is no error', async () => {
    answers(new Response(null, { status: 204 }))
    await expect(del('/tokens/1')).resolves.toBeUndefined()
  })
})

describe('a refusal', () => {
  test('keeps code, hint and field', async () => {
    answers(problem(400, { code: 'invalid', detail: 'too short', field: 'password' }))
    const error = await get('/x').catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ status: 400, code: 'invalid', message: 'too short', hint: 'H', field: 'password', offline: false })
  })

  test('that is no problem document still says its status', async () => {
    answers(new Response('<html>', { status: 502, statusText: 'Bad Gateway', headers: { 'Content-Type': 'text/html' } }))
    await expect(get('/x')).rejects.toMatchObject({ status: 502, code: 'http_502', message: 'Bad Gateway' })
  })

  test('is offline when nobody answers', async () => {
    answers(new TypeError('fetch failed'))
    await expect(get('/x')).rejects.toMatchObject({ offline: true, code: 'unreachable' })
  })

  test('tells that the sign-in session is over, but a wrong password does not', async () => {
    const told = vi.fn()
    const forget = onSignedOut(told)
    answers(problem(401, { code: 'wrong_login' }))
    await expect(post('/login')).rejects.toMatchObject({ code: 'wrong_login' })
    expect(told).not.toHaveBeenCalled()
    answers(problem(401, { code: 'not_signed_in' }))
    await expect(get('/nodes')).rejects.toMatchObject({ code: 'not_signed_in' })
    expect(told).toHaveBeenCalledOnce()
    forget()
  })
})
