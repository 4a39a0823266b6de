import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet } from '@tanstack/react-router'
import { QueryClient } from '@tanstack/react-query'
import { retry, retryDelay } from '@/api/queries'
import { NotFound, PageFailed } from '@/shell/Broken'
import { mustBeSignedIn } from '@/shell/guard'
import { Shell } from '@/shell/Shell'

/** The texts of the address that go by these names; numbers that the router made of texts are texts again. */
function pick<K extends string>(search: Record<string, unknown>, names: readonly K[]): Partial<Record<K, string>> {
  const kept: Partial<Record<K, string>> = {}
  for (const name of names) {
    const value = search[name]
    if (typeof value === 'number') kept[name] = String(value)
    else if (typeof value === 'string' && value !== '') kept[name] = value
  }
  return kept
}

const root = createRootRouteWithContext<{ client: QueryClient }>()({ component: Outlet, notFoundComponent: NotFound })

const setup = createRoute({ getParentRoute: () => root, path: '/setup', component: lazyRouteComponent(() => import('@/features/access'), 'SetupPage') })
const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search): { to?: string } => pick(search, ['to']),
  component: lazyRouteComponent(() => import('@/features/access'), 'SignInPage'),
})

const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  component: Shell,
  beforeLoad: ({ context, location }) => mustBeSignedIn(context.client, location.href),
})

/** Which part of a page is open, and what narrows its list: kept in the address so that it can be linked to. */
export interface View {
  tab?: string
  q?: string
  state?: string
  node?: string
  stack?: string
  service?: string
}

const view = (search: Record<string, unknown>): View => pick(search, ['tab', 'q', 'state', 'node', 'stack', 'service'])

/** Path → page. Each feature adds its lines here; a page is loaded when it is first opened. */
const pages = [
  createRoute({ getParentRoute: () => shell, path: '/', component: lazyRouteComponent(() => import('@/features/overview'), 'OverviewPage') }),
  createRoute({ getParentRoute: () => shell, path: '/nodes', validateSearch: view, component: lazyRouteComponent(() => import('@/features/nodes'), 'NodesPage') }),
  createRoute({ getParentRoute: () => shell, path: '/nodes/$id', validateSearch: view, component: lazyRouteComponent(() => import('@/features/nodes'), 'NodePage') }),
  createRoute({ getParentRoute: () => shell, path: '/containers', validateSearch: view, component: lazyRouteComponent(() => import('@/features/containers'), 'ContainersPage') }),
  createRoute({ getParentRoute: () => shell, path: '/containers/$id', validateSearch: view, component: lazyRouteComponent(() => import('@/features/containers'), 'ContainerPage') }),
  createRoute({ getParentRoute: () => shell, path: '/services', validateSearch: view, component: lazyRouteComponent(() => import('@/features/services'), 'ServicesPage') }),
  createRoute({ getParentRoute: () => shell, path: '/services/$id', validateSearch: view, component: lazyRouteComponent(() => import('@/features/services'), 'ServicePage') }),
  createRoute({ getParentRoute: () => shell, path: '/audit', validateSearch: view, component: lazyRouteComponent(() => import('@/features/audit'), 'AuditPage') }),
  createRoute({ getParentRoute: () => shell, path: '/settings', validateSearch: view, component: lazyRouteComponent(() => import('@/features/settings'), 'SettingsPage') }),
] as const

export function makeRouter(client: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([setup, signIn, shell.addChildren(pages)]),
    context: { client },
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    defaultErrorComponent: PageFailed,
    scrollRestoration: false,
  })
}

export function makeClient(): QueryClient {
  return new QueryClient({ defaultOptions: { queries: { retry, retryDelay, staleTime: 30_000, refetchOnWindowFocus: false } } })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>
  }
}
