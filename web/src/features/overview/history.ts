import type { Series } from '@/api/types'

export interface ClusterHistory {
  /** Busy cores of all nodes together. */
  cores: (number | null)[]
  /** Used bytes of all nodes together. */
  memory: (number | null)[]
}

/** The histories of several nodes added up, moment by moment. A node without a value at a moment adds nothing; with no value from any it is a hole. */
export function addUp(nodes: readonly { series: Series; cpus: number }[]): ClusterHistory {
  const moments = [...new Set(nodes.flatMap(({ series }) => series.at))].sort((a, b) => a - b)
  const place = new Map(moments.map((at, index) => [at, index]))
  const cores: (number | null)[] = moments.map(() => null)
  const memory: (number | null)[] = moments.map(() => null)
  for (const { series, cpus } of nodes) {
    series.at.forEach((at, index) => {
      const to = place.get(at)
      if (to === undefined) return
      const cpu = series.cpu[index] ?? null
      const used = series.memory[index] ?? null
      if (cpu !== null) cores[to] = (cores[to] ?? 0) + (cpu / 100) * cpus
      if (used !== null) memory[to] = (memory[to] ?? 0) + used
    })
  }
  return { cores, memory }
}
