/** A line cut into the pieces that a view draws: its own colours, what a search found, and loud words, laid over each other. */
import { parseLine, type Style } from './ansi'
import { loudWords } from './levels'
import type { Matcher } from './search'

export interface Piece {
  text: string
  style: Style | null
  escape: boolean
  hit: boolean
  word: 'error' | 'warn' | null
}

/** So many pieces of a line are drawn; a line that changes colour at every letter is cut short with the rest plain. */
const PIECES_MAX = 2000

export function paint(line: string, matcher: Matcher | null): Piece[] {
  const spans = parseLine(line)
  const text = spans.length === 1 ? (spans[0]?.text ?? '') : spans.map((span) => span.text).join('')
  const hits = matcher ? matcher(text) : []
  const words = loudWords(text)
  if (spans.length > PIECES_MAX) return [{ text, style: null, escape: false, hit: false, word: null }]

  const pieces: Piece[] = []
  let at = 0
  let hit = 0
  let word = 0
  for (const span of spans) {
    const end = at + span.text.length
    let from = at
    while (from < end) {
      while (hit < hits.length && (hits[hit]?.end ?? 0) <= from) hit += 1
      while (word < words.length && (words[word]?.end ?? 0) <= from) word += 1
      const inHit = hits[hit]
      const inWord = words[word]
      let until = end
      let isHit = false
      let isWord: Piece['word'] = null
      if (inHit) {
        isHit = inHit.start <= from
        until = Math.min(until, isHit ? inHit.end : inHit.start)
      }
      if (inWord) {
        const inside = inWord.start <= from
        if (inside) isWord = inWord.level
        until = Math.min(until, inside ? inWord.end : inWord.start)
      }
      pieces.push({ text: text.slice(from, until), style: span.style, escape: span.escape, hit: isHit, word: isWord })
      from = until
    }
    at = end
  }
  return pieces
}
