/**
 * Where each row of a long list stands, when rows may be of different height and fall out at the front.
 *
 * Rows are counted from 0; a height that was not measured is the estimate. Sums are kept for blocks of 256 rows,
 * so that a place is found in some hundred steps for 100,000 rows.
 */
const BLOCK = 256

export class Heights {
  private known = new Map<number, number>()
  /** How much a block differs from all its rows having the estimate. */
  private extra = new Map<number, number>()

  constructor(readonly estimate: number) {}

  of(row: number): number {
    return this.known.get(row) ?? this.estimate
  }

  /** True when this changes anything. */
  measure(row: number, height: number): boolean {
    const before = this.of(row)
    if (Math.abs(before - height) < 0.5) return false
    this.known.set(row, height)
    const block = Math.floor(row / BLOCK)
    this.extra.set(block, (this.extra.get(block) ?? 0) + height - before)
    return true
  }

  /** Height of the rows `from..to`. */
  between(from: number, to: number): number {
    let sum = 0
    let row = from
    while (row < to) {
      if (row % BLOCK === 0 && row + BLOCK <= to) {
        sum += BLOCK * this.estimate + (this.extra.get(row / BLOCK) ?? 0)
        row += BLOCK
      } else {
        sum += this.of(row)
        row += 1
      }
    }
    return sum
  }

  /** The row at `offset` below the top of row `from`, and where its top is; `to` is one past the last. */
  find(from: number, to: number, offset: number): { row: number; top: number } {
    let top = 0
    let row = from
    while (row < to) {
      if (row % BLOCK === 0 && row + BLOCK <= to) {
        const block = BLOCK * this.estimate + (this.extra.get(row / BLOCK) ?? 0)
        if (top + block <= offset) {
          top += block
          row += BLOCK
          continue
        }
      }
      const height = this.of(row)
      if (top + height > offset) return { row, top }
      top += height
      row += 1
    }
    return { row: Math.max(from, to - 1), top: Math.max(0, top - (to > from ? this.of(to - 1) : 0)) }
  }

  /** Forgets rows before `first`, in whole blocks. */
  forget(first: number): void {
    const until = Math.floor(first / BLOCK)
    for (const block of this.extra.keys()) {
      if (block >= until) continue
      this.extra.delete(block)
      for (let row = block * BLOCK; row < (block + 1) * BLOCK; row += 1) this.known.delete(row)
    }
  }

  clear(): void {
    this.known.clear()
    this.extra.clear()
  }
}
