/** Under which keys the caches hold what. The feed writes to them; see feed.ts. */
export const keys = {
  session: ['session'],
  setup: ['setup'],
  overview: ['overview'],
  system: ['system'],
  nodes: ['nodes'],
  node: (id: string) => ['node', id],
  nodePart: (id: string, part: string) => ['node', id, part],
  containers: ['containers'],
  /** Without an id: the prefix of all single containers. */
  container: (id?: string) => (id === undefined ? ['container'] : ['container', id]),
  containerPart: (id: string, part: string) => ['container', id, part],
  services: ['services'],
  tasks: (service: string) => ['tasks', service],
  series: (of: 'nodes' | 'containers', id: string, minutes: number, points: number) => ['series', of, id, minutes, points],
  tokens: ['tokens'],
  joinTokens: ['join-tokens'],
  audit: ['audit'],
} as const
