/** A JSON value as lines that can be folded, so that a list draws only the lines that are seen. */
export interface Line {
  /** Where it stands, unique in the document: keys joined by U+0000. */
  path: string
  depth: number
  key: string | null
  kind: 'open' | 'close' | 'leaf'
  /** `{`, `[`, `}`, `]` or the value as JSON. */
  text: string
  type: 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null'
  /** Members of an object or array. */
  size: number
  folded: boolean
  comma: boolean
}

/** Deeper than this a value is shown on one line: the engine's JSON is some ten deep. */
const DEPTH_MAX = 100

export function toLines(value: unknown, folded: ReadonlySet<string>): Line[] {
  const lines: Line[] = []
  walk(lines, folded, value, '', null, 0, false)
  return lines
}

function walk(
  lines: Line[],
  folded: ReadonlySet<string>,
  value: unknown,
  path: string,
  key: string | null,
  depth: number,
  comma: boolean,
): void {
  const type = typeOf(value)
  if ((type !== 'object' && type !== 'array') || depth >= DEPTH_MAX) {
    lines.push({ path, depth, key, kind: 'leaf', text: value === undefined ? 'null' : JSON.stringify(value), type, size: 0, folded: false, comma })
    return
  }
  const array = type === 'array'
  const members: [string, unknown][] = array
    ? (value as unknown[]).map((member, i) => [String(i), member])
    : Object.entries(value as Record<string, unknown>)
  const [open, close] = array ? ['[', ']'] : ['{', '}']
  if (members.length === 0) {
    lines.push({ path, depth, key, kind: 'leaf', text: open + close, type, size: 0, folded: false, comma })
    return
  }
  const shut = folded.has(path)
  lines.push({ path, depth, key, kind: 'open', text: open, type, size: members.length, folded: shut, comma: shut && comma })
  if (shut) return
  members.forEach(([name, member], i) => {
    walk(lines, folded, member, `${path}\0${name}`, array ? null : name, depth + 1, i < members.length - 1)
  })
  lines.push({ path, depth, key: null, kind: 'close', text: close, type, size: 0, folded: false, comma })
}

/** Paths of all objects and arrays at a depth or below: what 'fold all' folds. */
export function foldable(value: unknown, from = 1): string[] {
  const paths: string[] = []
  const visit = (one: unknown, path: string, depth: number) => {
    const type = typeOf(one)
    if ((type !== 'object' && type !== 'array') || depth >= DEPTH_MAX) return
    const members: [string, unknown][] =
      type === 'array' ? (one as unknown[]).map((m, i) => [String(i), m]) : Object.entries(one as object)
    if (members.length === 0) return
    if (depth >= from) paths.push(path)
    for (const [name, member] of members) visit(member, `${path}\0${name}`, depth + 1)
  }
  visit(value, '', 0)
  return paths
}

function typeOf(value: unknown): Line['type'] {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'array'
  const type = typeof value
  return type === 'object' || type === 'string' || type === 'number' || type === 'boolean' ? type : 'string'
}
