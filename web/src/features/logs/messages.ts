/** What the log WebSocket says (`shared/src/api/log.rs`), checked at the door: bytes from outside are no types. */
import type { LogMessage, LogRow } from '@/api/types'

/** The message, or `null` for one that this dashboard does not know (a newer manager may send more kinds). */
export function readMessage(data: unknown): LogMessage | null {
  if (typeof data !== 'string') return null
  let value: unknown
  try {
    value = JSON.parse(data)
  } catch {
    return null
  }
  if (!isRecord(value)) return null
  switch (value['kind']) {
    case 'lines':
      return Array.isArray(value['rows']) && value['rows'].every(isRow) && typeof value['cursor'] === 'string'
        ? { kind: 'lines', rows: value['rows'], cursor: value['cursor'] }
        : null
    case 'gap':
      return typeof value['bytes'] === 'number'
        ? {
            kind: 'gap',
            bytes: value['bytes'],
            exact: value['exact'] === true,
            after: text(value['after']),
            before: text(value['before']),
            why: text(value['why']) ?? '',
          }
        : null
    case 'caught_up':
      return { kind: 'caught_up' }
    case 'waiting':
      return { kind: 'waiting', node: text(value['node']) ?? '' }
    case 'end':
      return { kind: 'end', why: text(value['why']) ?? '' }
    default:
      return null
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isRow(value: unknown): value is LogRow {
  return isRecord(value) && typeof value['at'] === 'string' && typeof value['source'] === 'string' && typeof value['text'] === 'string'
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
