/**
 * What a log line looks like: colours that it may set, and every other control made visible.
 *
 * A line was written by whoever runs in the container, so nothing in it is trusted. Of the terminal's language only
 * SGR (colours, bold, …) is obeyed; OSC, DCS, APC, PM, SOS and all other CSI sequences are dropped whole. Characters
 * that would hide, reorder or fake text (bidi controls, NUL, backspace, …) become visible escapes.
 *
 * Spans leave here, never HTML: the view puts each one into a text node.
 */

/** One of the sixteen colours of the theme. More would let a line choose a colour that cannot be read on our paper. */
export type Colour = number

export interface Style {
  fg: Colour | null
  bg: Colour | null
  bold: boolean
  dim: boolean
  italic: boolean
  underline: boolean
  strike: boolean
  inverse: boolean
}

export interface Span {
  text: string
  style: Style | null
  /** The text stands for a character that cannot be shown as itself. */
  escape: boolean
}

const PLAIN: Style = {
  fg: null,
  bg: null,
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  strike: false,
  inverse: false,
}

const ESC = 0x1b
const BEL = 0x07
/** A CSI sequence that is longer than this is no sequence: its introducer is shown and the rest is text. */
const CSI_MAX = 128
/** So many SGR parameters are looked at; a line with more is playing. */
const SGR_MAX = 32

/** Cuts a line into spans. `\r` at the very end (what a tty writes) is taken off. */
export function parseLine(line: string): Span[] {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line
  if (isSimple(text)) return text === '' ? [] : [{ text, style: null, escape: false }]
  return new Parser(text).run()
}

/** The text of a line as a reader sees it; search, copy and download work on this. */
export function plainText(line: string): string {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line
  if (isSimple(text)) return text
  let out = ''
  for (const span of new Parser(text).run()) out += span.text
  return out
}

// Everything that needs a second look. Tab is fine as it is; lone surrogates are not text.
const SPECIAL =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff]/

function isSimple(text: string): boolean {
  return !SPECIAL.test(text)
}

class Parser {
  private readonly spans: Span[] = []
  private style: Style = PLAIN
  private pending = ''
  private at = 0

  constructor(private readonly text: string) {}

  run(): Span[] {
    const { text } = this
    while (this.at < text.length) {
      const code = text.charCodeAt(this.at)
      if (code === ESC) {
        this.escape()
      } else if (code === 0x09 || (code >= 0x20 && code < 0x7f)) {
        this.pending += text.charAt(this.at)
        this.at += 1
      } else {
        this.wide()
      }
    }
    this.flush()
    return this.spans
  }

  /** A character beyond printable ASCII. */
  private wide(): void {
    const point = this.text.codePointAt(this.at) ?? 0
    const shown = visible(point)
    const length = point > 0xffff ? 2 : 1
    if (shown === null) this.pending += this.text.slice(this.at, this.at + length)
    else this.mark(shown)
    this.at += length
  }

  private escape(): void {
    const next = this.text[this.at + 1]
    switch (next) {
      case '[':
        this.csi()
        return
      case ']': // OSC: titles, links, clipboard
      case 'P': // DCS
      case 'X': // SOS
      case '^': // PM
      case '_': // APC
        this.string()
        return
      case undefined:
        this.mark('␛')
        this.at += 1
        return
      default: {
        // Two- and three-character escapes (charset, reset, save cursor): dropped.
        const intermediate = next >= ' ' && next <= '/'
        const final = intermediate ? this.text[this.at + 2] : next
        if (final !== undefined && final >= '0' && final <= '~') {
          this.at += intermediate ? 3 : 2
        } else {
          this.mark('␛')
          this.at += 1
        }
      }
    }
  }

  private csi(): void {
    const start = this.at + 2
    let end = start
    while (end < this.text.length && end - start < CSI_MAX && isCsiBody(this.text.charCodeAt(end))) end += 1
    const final = end < this.text.length ? this.text.charCodeAt(end) : 0
    if (final < 0x40 || final > 0x7e) {
      // Unfinished or broken: show that something was there and go on behind the introducer.
      this.mark('␛')
      this.at += 1
      return
    }
    const body = this.text.slice(start, end)
    this.at = end + 1
    if (final === 0x6d && /^[0-9;:]*$/.test(body)) {
      this.flush()
      this.style = applySgr(this.style, body)
    }
  }

  /** OSC, DCS and their kin: to ST or BEL. Without an end it is dropped to the end of the line. */
  private string(): void {
    let end = this.at + 2
    while (end < this.text.length) {
      const code = this.text.charCodeAt(end)
      if (code === BEL || code === 0x9c) {
        this.at = end + 1
        return
      }
      if (code === ESC) {
        // ESC \ ends it; any other ESC ends it too and begins something of its own.
        this.at = this.text[end + 1] === '\\' ? end + 2 : end
        return
      }
      end += 1
    }
    // A line cannot hide its own rest behind a sequence that never ends.
    this.mark('␛')
    this.at += 1
  }

  private mark(shown: string): void {
    this.flush()
    this.spans.push({ text: shown, style: null, escape: true })
  }

  private flush(): void {
    if (this.pending === '') return
    this.spans.push({ text: this.pending, style: isPlain(this.style) ? null : this.style, escape: false })
    this.pending = ''
  }
}

function isCsiBody(code: number): boolean {
  return code >= 0x20 && code <= 0x3f
}

function isPlain(style: Style): boolean {
  return (
    style === PLAIN ||
    (style.fg === null &&
      style.bg === null &&
      !style.bold &&
      !style.dim &&
      !style.italic &&
      !style.underline &&
      !style.strike &&
      !style.inverse)
  )
}

/** How a character is shown that cannot be shown as itself; `null` for all others. */
export function visible(point: number): string | null {
  if (point < 0x20) return point === 0x09 ? null : String.fromCodePoint(0x2400 + point)
  if (point === 0x7f) return '␡'
  if (point >= 0x80 && point <= 0x9f) return hex(point)
  if (point >= 0xd800 && point <= 0xdfff) return hex(point)
  if (
    point === 0x00ad || // soft hyphen
    point === 0x061c || // Arabic letter mark
    point === 0x115f ||
    point === 0x1160 || // Hangul fillers
    point === 0x180e ||
    point === 0x200b || // zero width space
    point === 0x200e ||
    point === 0x200f || // marks
    (point >= 0x2028 && point <= 0x202e) || // separators, embeddings, overrides
    (point >= 0x2060 && point <= 0x206f) || // joiner, isolates
    point === 0x3164 ||
    point === 0xfeff ||
    point === 0xffa0 ||
    (point >= 0xfff9 && point <= 0xfffb) ||
    (point >= 0xe0000 && point <= 0xe007f) // tags
  ) {
    return hex(point)
  }
  return null
}

function hex(point: number): string {
  return `\\u{${point.toString(16).toUpperCase()}}`
}

/** The style after one SGR sequence. Conceal (8) and blink (5, 6) are not obeyed: text that is there is seen. */
function applySgr(before: Style, body: string): Style {
  const style = { ...before }
  const groups = (body === '' ? '0' : body).split(';').slice(0, SGR_MAX)
  for (let i = 0; i < groups.length; i += 1) {
    const parts = (groups[i] ?? '').split(':').map(toNumber)
    const code = parts[0] ?? 0
    if (code === 38 || code === 48) {
      // 38:2::r:g:b and 38:5:n in one group, or 38;2;r;g;b and 38;5;n over several.
      let colour: Colour | null
      if (parts.length > 1) {
        colour = extended(parts.length >= 6 ? [parts[1] ?? 0, ...parts.slice(3)] : parts.slice(1))
      } else {
        const rest = groups.slice(i + 1).map(toNumber)
        colour = extended(rest)
        i += rest[0] === 2 ? 4 : rest[0] === 5 ? 2 : 1
      }
      if (colour !== null) style[code === 38 ? 'fg' : 'bg'] = colour
    } else {
      simple(style, code)
    }
  }
  // The same colour on itself would hide the text.
  if (style.fg !== null && style.fg === style.bg) style.bg = null
  return style
}

function simple(style: Style, code: number): void {
  if (code === 0) Object.assign(style, PLAIN)
  else if (code === 1) style.bold = true
  else if (code === 2) style.dim = true
  else if (code === 3) style.italic = true
  else if (code === 4) style.underline = true
  else if (code === 7) style.inverse = true
  else if (code === 9) style.strike = true
  else if (code === 21 || code === 22) style.bold = style.dim = false
  else if (code === 23) style.italic = false
  else if (code === 24) style.underline = false
  else if (code === 27) style.inverse = false
  else if (code === 29) style.strike = false
  else if (code >= 30 && code <= 37) style.fg = code - 30
  else if (code === 39) style.fg = null
  else if (code >= 40 && code <= 47) style.bg = code - 40
  else if (code === 49) style.bg = null
  else if (code >= 90 && code <= 97) style.fg = code - 90 + 8
  else if (code >= 100 && code <= 107) style.bg = code - 100 + 8
}

function toNumber(text: string): number {
  const n = Number.parseInt(text === '' ? '0' : text, 10)
  return Number.isFinite(n) ? Math.min(n, 65535) : 0
}

function extended(parts: number[]): Colour | null {
  if (parts[0] === 5) {
    const n = parts[1] ?? 0
    if (n < 16) return n
    if (n < 232) return nearest(cube(n - 16, 36), cube(n - 16, 6), cube(n - 16, 1))
    if (n < 256) {
      const grey = 8 + (n - 232) * 10
      return nearest(grey, grey, grey)
    }
    return null
  }
  if (parts[0] === 2) return nearest(byte(parts[1]), byte(parts[2]), byte(parts[3]))
  return null
}

function byte(n: number | undefined): number {
  return Math.min(255, n ?? 0)
}

/** One channel of the 6×6×6 cube. */
function cube(index: number, divisor: number): number {
  const level = Math.floor(index / divisor) % 6
  return level === 0 ? 0 : 55 + level * 40
}

/** xterm's default sixteen, against which other colours are measured. */
const SIXTEEN: readonly (readonly [number, number, number])[] = [
  [0, 0, 0],
  [205, 0, 0],
  [0, 205, 0],
  [205, 205, 0],
  [0, 0, 238],
  [205, 0, 205],
  [0, 205, 205],
  [229, 229, 229],
  [127, 127, 127],
  [255, 0, 0],
  [0, 255, 0],
  [255, 255, 0],
  [92, 92, 255],
  [255, 0, 255],
  [0, 255, 255],
  [255, 255, 255],
]

function nearest(r: number, g: number, b: number): Colour {
  let best = 0
  let distance = Infinity
  SIXTEEN.forEach(([cr, cg, cb], index) => {
    const d = (cr - r) ** 2 + (cg - g) ** 2 + (cb - b) ** 2
    if (d < distance) {
      distance = d
      best = index
    }
  })
  return best
}
