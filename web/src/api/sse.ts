export interface ServerEvent {
  id: string | null
  event: string
  data: string
}

/** Reads server-sent events from pieces of text however they were cut (WHATWG HTML §9.2.6). */
export class EventReader {
  private rest = ''
  private data: string[] = []
  private event = ''
  private id: string | null = null

  /** The events that this piece completed. */
  take(piece: string): ServerEvent[] {
    const out: ServerEvent[] = []
    const lines = (this.rest + piece).split('\n')
    this.rest = lines.pop() ?? ''
    for (const raw of lines) {
      const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw
      if (line === '') {
        if (this.data.length > 0) out.push({ id: this.id, event: this.event || 'message', data: this.data.join('\n') })
        this.data = []
        this.event = ''
        continue
      }
      if (line.startsWith(':')) continue
      const colon = line.indexOf(':')
      const field = colon < 0 ? line : line.slice(0, colon)
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
      if (field === 'data') this.data.push(value)
      else if (field === 'event') this.event = value
      else if (field === 'id' && !value.includes('\0')) this.id = value
    }
    return out
  }
}
