import { queryOptions } from '@tanstack/react-query'
import { ApiError, get, type Query } from '@/api/http'
import { keys } from '@/api/keys'
import type {
  ApiToken,
  Container,
  ContainerChange,
  Finding,
  Image,
  JoinToken,
  List,
  Network,
  Node,
  Overview,
  Series,
  Service,
  Session,
  SetupState,
  SystemInfo,
  Task,
  Volume,
} from '@/api/types'

/** Rows asked for at once; the manager's lists are read to their end. */
const PAGE = 1000

/** The whole list, page after page. */
async function all<T>(path: string, signal: AbortSignal, query: Query = {}): Promise<List<T>> {
  let whole: List<T> | null = null
  for (let after: string | undefined; ; ) {
    const page: List<T> = await get<List<T>>(path, { ...query, limit: PAGE, after }, signal)
    whole = whole === null ? page : { ...page, items: whole.items.concat(page.items), complete: whole.complete && page.complete }
    if (page.next === null || page.items.length === 0) return { ...whole, next: null }
    after = page.next
  }
}

const path = (part: string) => encodeURIComponent(part)

/** Everything that is read, one line each; the feed keeps nodes, containers and services live. */
export const queries = {
  setup: () => queryOptions({ queryKey: keys.setup, queryFn: ({ signal }) => get<SetupState>('/setup', {}, signal), staleTime: 0 }),
  session: () =>
    queryOptions({ queryKey: keys.session, queryFn: ({ signal }) => get<Session>('/session', {}, signal), staleTime: 60_000, retry: false }),
  overview: () => queryOptions({ queryKey: keys.overview, queryFn: ({ signal }) => get<Overview>('/overview', {}, signal), refetchInterval: 5000 }),
  system: () => queryOptions({ queryKey: keys.system, queryFn: ({ signal }) => get<SystemInfo>('/system', {}, signal) }),
  nodes: () => queryOptions({ queryKey: keys.nodes, queryFn: ({ signal }) => all<Node>('/nodes', signal) }),
  node: (id: string) => queryOptions({ queryKey: keys.node(id), queryFn: ({ signal }) => get<Node>(`/nodes/${path(id)}`, {}, signal) }),
  images: (id: string) =>
    queryOptions({ queryKey: keys.nodePart(id, 'images'), queryFn: ({ signal }) => get<List<Image>>(`/nodes/${path(id)}/images`, {}, signal) }),
  networks: (id: string) =>
    queryOptions({ queryKey: keys.nodePart(id, 'networks'), queryFn: ({ signal }) => get<List<Network>>(`/nodes/${path(id)}/networks`, {}, signal) }),
  volumes: (id: string) =>
    queryOptions({ queryKey: keys.nodePart(id, 'volumes'), queryFn: ({ signal }) => get<List<Volume>>(`/nodes/${path(id)}/volumes`, {}, signal) }),
  doctor: (id: string) =>
    queryOptions({ queryKey: keys.nodePart(id, 'doctor'), queryFn: ({ signal }) => get<List<Finding>>(`/nodes/${path(id)}/doctor`, {}, signal) }),
  series: (of: 'nodes' | 'containers', id: string, minutes: number, points = 240) =>
    queryOptions({
      queryKey: keys.series(of, id, minutes, points),
      queryFn: ({ signal }) => get<Series>(`/${of}/${path(id)}/series`, { minutes, points }, signal),
      refetchInterval: 10_000,
    }),
  containers: () => queryOptions({ queryKey: keys.containers, queryFn: ({ signal }) => all<Container>('/containers', signal) }),
  container: (id: string) =>
    queryOptions({ queryKey: keys.container(id), queryFn: ({ signal }) => get<Container>(`/containers/${path(id)}`, {}, signal) }),
  inspect: (id: string) =>
    queryOptions({ queryKey: keys.containerPart(id, 'inspect'), queryFn: ({ signal }) => get<unknown>(`/containers/${path(id)}/inspect`, {}, signal) }),
  changes: (id: string) =>
    queryOptions({
      queryKey: keys.containerPart(id, 'changes'),
      queryFn: ({ signal }) => get<List<ContainerChange>>(`/containers/${path(id)}/changes`, {}, signal),
    }),
  services: () => queryOptions({ queryKey: keys.services, queryFn: ({ signal }) => all<Service>('/services', signal) }),
  tasks: (id: string) =>
    queryOptions({ queryKey: keys.tasks(id), queryFn: ({ signal }) => get<List<Task>>(`/services/${path(id)}/tasks`, {}, signal) }),
  tokens: () => queryOptions({ queryKey: keys.tokens, queryFn: ({ signal }) => get<List<ApiToken>>('/tokens', {}, signal) }),
  joinTokens: () => queryOptions({ queryKey: keys.joinTokens, queryFn: ({ signal }) => get<List<JoinToken>>('/join-tokens', {}, signal) }),
}

/** Milliseconds before a new try; a page that fails should say so soon. */
export function retryDelay(failures: number): number {
  return 400 * 2 ** failures
}

/** Tries again only what a new try may change. */
export function retry(failures: number, error: unknown): boolean {
  if (error instanceof ApiError && error.status >= 400 && error.status < 500) return false
  return failures < 2
}
