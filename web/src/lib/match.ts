/**
 * How well `query` is found in `text`: higher is better, `null` is not at all. Every word of the query must be there
 * as it stands, or its letters in order; the start of a word counts most.
 */
export function match(query: string, text: string): number | null {
  const hay = text.toLowerCase()
  let score = 0
  for (const word of query.toLowerCase().split(/\s+/).filter(Boolean)) {
    const at = hay.indexOf(word)
    if (at >= 0) {
      const starts = at === 0 || /[^\p{L}\p{N}]/u.test(hay[at - 1] ?? '')
      score += (starts ? 100 : 60) - Math.min(at, 40)
      continue
    }
    const spread = scattered(word, hay)
    if (spread === null) return null
    score += Math.max(1, 20 - spread)
  }
  return score
}

function scattered(word: string, hay: string): number | null {
  let from = 0
  let first = -1
  for (const letter of word) {
    const at = hay.indexOf(letter, from)
    if (at < 0) return null
    if (first < 0) first = at
    from = at + 1
  }
  return from - first - word.length
}
