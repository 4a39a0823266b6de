/** What goes over the exec WebSocket (`shared/src/api/log.rs`): bytes stay bytes, and the rest is small JSON. */
import type { Problem } from '@/api/types'

/** What a person asks for before a shell opens. */
export interface Wish {
  shell: 'auto' | 'bash' | 'sh' | 'custom'
  /** Used by `custom`: a command line, split as a shell would. */
  command: string
  /** Empty: the image's user. */
  user: string
}

export interface Size {
  columns: number
  rows: number
}

export type Status = { kind: 'started' } | { kind: 'exited'; code: number } | { kind: 'failed'; problem: Problem }

export type Output = { stream: 'stdout' | 'stderr'; bytes: Uint8Array }

/** The first message. The terminal's kind is said, or programs draw without colours. */
export function startMessage(wish: Wish, size: Size): string {
  return JSON.stringify({
    kind: 'start',
    command: commandOf(wish),
    tty: true,
    user: wish.user.trim(),
    env: ['TERM=xterm-256color'],
    working_dir: '',
    ...clamp(size),
  })
}

export function resizeMessage(size: Size): string {
  return JSON.stringify({ kind: 'resize', ...clamp(size) })
}

/** A terminal that is not laid out yet measures nonsense; no program wants 0 columns. */
function clamp({ columns, rows }: Size): Size {
  const fit = (n: number, least: number) => (Number.isFinite(n) ? Math.min(1000, Math.max(least, Math.floor(n))) : least)
  return { columns: fit(columns, 2), rows: fit(rows, 1) }
}

export function commandOf(wish: Wish): string[] {
  switch (wish.shell) {
    case 'auto':
      return []
    case 'bash':
      return ['bash']
    case 'sh':
      return ['sh']
    case 'custom':
      return splitCommand(wish.command)
  }
}

/** Words of a command line: quotes and backslashes as in a shell, nothing is expanded. */
export function splitCommand(line: string): string[] {
  const words: string[] = []
  let word: string | null = null
  let quote: '"' | "'" | null = null
  for (let i = 0; i < line.length; i += 1) {
    const char = line.charAt(i)
    if (quote !== null) {
      if (char === quote) quote = null
      else if (char === '\\' && quote === '"' && '"\\$`'.includes(line.charAt(i + 1)) && i + 1 < line.length) {
        i += 1
        word = (word ?? '') + line.charAt(i)
      } else word = (word ?? '') + char
    } else if (char === '"' || char === "'") {
      quote = char
      word ??= ''
    } else if (char === '\\' && i + 1 < line.length) {
      i += 1
      word = (word ?? '') + line.charAt(i)
    } else if (/\s/.test(char)) {
      if (word !== null) words.push(word)
      word = null
    } else word = (word ?? '') + char
  }
  if (word !== null) words.push(word)
  return words
}

/** A binary message: its first byte says which stream; `null` when it is none of ours. */
export function readOutput(data: ArrayBuffer): Output | null {
  const bytes = new Uint8Array(data)
  if (bytes[0] === 1) return { stream: 'stdout', bytes: bytes.subarray(1) }
  if (bytes[0] === 2) return { stream: 'stderr', bytes: bytes.subarray(1) }
  return null
}

export function readStatus(data: string): Status | null {
  let value: unknown
  try {
    value = JSON.parse(data)
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null || !('kind' in value)) return null
  if (value.kind === 'started') return { kind: 'started' }
  if (value.kind === 'exited' && 'code' in value && typeof value.code === 'number') return { kind: 'exited', code: value.code }
  if (value.kind === 'failed' && 'problem' in value && typeof value.problem === 'object' && value.problem !== null)
    return { kind: 'failed', problem: value.problem as Problem }
  return null
}

/** What ended a shell, when the code says more than its number. */
export function exitReason(code: number): 'done' | 'interrupted' | 'killed' | 'not_found' | 'not_executable' | 'failed' {
  if (code === 0) return 'done'
  if (code === 126) return 'not_executable'
  if (code === 127) return 'not_found'
  if (code === 130) return 'interrupted'
  if (code === 137) return 'killed'
  return 'failed'
}
