import { lazy, Suspense, useLayoutEffect, useRef, useState, type CSSProperties, type ReactNode, type RefObject } from 'react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { Braces, ChartLine, FileDiff, Info, Lock, ScrollText, SquareTerminal } from 'lucide-react'
import { ApiError } from '@/api/http'
import { queries } from '@/api/queries'
import { useMay } from '@/api/rights'
import type { Container } from '@/api/types'
import { LogView } from '@/features/logs'
import { bytes } from '@/lib/bytes'
import { percent } from '@/lib/numbers'
import { languageTag, useLanguage } from '@/lib/preferences'
import { ago, duration } from '@/lib/time'
import { Badge, Card, EmptyState, ErrorState, Notice, Page, PageHeader, SkeletonRows, Tabs, useNow } from '@/ui'
import { Changes } from './Changes'
import { Details } from './Details'
import { Gone } from './Gone'
import { Inspect } from './Inspect'
import { shortId, shortImage, uptimeOf } from './model'
import { ContainerState } from './parts'
import { useText } from './text'

// The libraries that draw charts and terminals are loaded when their tab is first opened.
const Charts = lazy(() => import('@/features/charts').then(({ Charts }) => ({ default: Charts })))
const Shell = lazy(() => import('@/features/terminal').then(({ Shell }) => ({ default: Shell })))

const TABS = ['logs', 'charts', 'shell', 'details', 'inspect', 'changes'] as const
type Tab = (typeof TABS)[number]

/** What fills the window below the header and the tabs; a log and a shell scroll inside of it. `--top` is from `useTop`. */
const TALL = '-mb-8 h-[calc(100dvh-var(--top)-7.25rem)] min-h-80 md:h-[calc(100dvh-var(--top)-4.5rem)]'

/** One container, by its id, the start of it, or its name. */
export function ContainerPage() {
  const t = useText()
  const { id } = useParams({ from: '/shell/containers/$id' })
  const container = useQuery({ ...queries.container(id), placeholderData: keepPreviousData })
  const gone = container.error instanceof ApiError && container.error.status === 404
  // One that was here a moment ago stays in sight: its last words are what one looks for now.
  const known = container.isPlaceholderData ? undefined : container.data
  if (known) return <Loaded key={known.id} container={known} gone={gone} />
  if (gone) return <Gone id={id} />
  return (
    <Page>
      <PageHeader title={id} above={<Link to="/containers">{t('title')}</Link>} />
      <Card flush>{container.error ? <ErrorState error={container.error} onRetry={() => void container.refetch()} /> : <SkeletonRows />}</Card>
    </Page>
  )
}

function Loaded({ container, gone }: { container: Container; gone: boolean }) {
  const t = useText()
  const navigate = useNavigate()
  const { id } = useParams({ from: '/shell/containers/$id' })
  const search = useSearch({ from: '/shell/containers/$id' })
  const tab: Tab = TABS.find((one) => one === search.tab) ?? 'logs'
  const node = useQuery(queries.node(container.node_id)).data
  const mayRead = useMay('readLogs')
  const mayOpen = useMay('openShell')
  // A shell lives on while other tabs are looked at.
  const [shellSeen, seeShell] = useState(tab === 'shell')
  if (tab === 'shell' && !shellSeen) seeShell(true)
  const running = container.state === 'running' && !gone
  const [below, top] = useTop()
  const here = container.fresh && node?.connected !== false && !gone

  return (
    <Page wide>
      <Header container={container} />
      {gone && (
        <Notice tone="warn" title={t('removed')}>
          {t('removedHint')}
        </Notice>
      )}
      {!gone && !here && <Away container={container} lastSeen={node?.last_seen ?? null} />}
      <div ref={below} style={{ '--top': `${top}px` } as CSSProperties}>
        <Tabs
          label={t('tabs')}
          value={tab}
          onChange={(next) => void navigate({ to: '/containers/$id', params: { id }, search: next === 'logs' ? {} : { tab: next }, replace: true })}
          tabs={[
            {
              value: 'logs',
              label: t('tabLogs'),
              icon: ScrollText,
              content: mayRead ? (
                <LogView path={`/containers/${container.id}/logs`} name={container.name} running={running} className={TALL} />
              ) : (
                <Locked>{t('noLogs')}</Locked>
              ),
            },
            {
              value: 'charts',
              label: t('tabCharts'),
              icon: ChartLine,
              content: (
                <Suspense fallback={<SkeletonRows />}>
                  <Charts of="containers" id={container.id} memoryLimit={container.memory_limit} alive={running && here} />
                </Suspense>
              ),
            },
            { value: 'shell', label: t('tabShell'), icon: SquareTerminal, content: mayOpen ? null : <Locked>{t('noShell')}</Locked> },
            { value: 'details', label: t('tabDetails'), icon: Info, content: <Details container={container} /> },
            { value: 'inspect', label: t('tabInspect'), icon: Braces, content: <Inspect id={container.id} /> },
            { value: 'changes', label: t('tabChanges'), icon: FileDiff, content: <Changes id={container.id} /> },
          ]}
        />
        {mayOpen && shellSeen && (
          <div hidden={tab !== 'shell'}>
            <Suspense fallback={<SkeletonRows />}>
            <Shell
              path={`/containers/${container.id}/exec`}
              name={container.name}
              node={container.node || t('unknownNode')}
              running={running}
              here={here}
              allowed={node?.policy.exec !== false}
              className={TALL}
            />
            </Suspense>
          </div>
        )}
      </div>
    </Page>
  )
}

/** How far down the page an element begins: the header above it wraps as it must. */
function useTop(): [RefObject<HTMLDivElement | null>, number] {
  const element = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(112)
  useLayoutEffect(() => {
    const one = element.current
    if (!one?.parentElement) return
    const observer = new ResizeObserver(() => setTop(Math.round(one.getBoundingClientRect().top + window.scrollY)))
    observer.observe(one.parentElement)
    return () => observer.disconnect()
  }, [])
  return [element, top]
}

function Header({ container }: { container: Container }) {
  const t = useText()
  const tag = languageTag(useLanguage())
  const now = useNow()
  const uptime = uptimeOf(container, now)
  return (
    <PageHeader
      above={
        <Link to="/containers" className="hover:text-fg hover:underline">
          {t('title')}
        </Link>
      }
      title={container.name}
      badges={
        <>
          <ContainerState container={container} />
          {container.restarts > 0 && <Badge tone="warn">{t('restartsBadge', { n: container.restarts })}</Badge>}
        </>
      }
      below={
        // A dot before each; what begins a line has its own outside of the box.
        <span className="block overflow-hidden">
          <span className="-ml-4 flex flex-wrap gap-y-0.5 *:before:inline-block *:before:w-4 *:before:text-center *:before:font-sans *:before:text-fg-faint *:before:no-underline *:before:content-['·']">
            <span className="font-mono text-xs leading-5">{shortId(container.id)}</span>
            <span title={container.image} className="[overflow-wrap:anywhere]">
              {shortImage(container.image)}
            </span>
            <Link to="/nodes/$id" params={{ id: container.node_id }} className="hover:text-fg hover:underline">
              {t('onNode', { node: container.node })}
            </Link>
            {container.task && (
              <Link to="/services/$id" params={{ id: container.task.service }} className="hover:text-fg hover:underline">
                {container.task.service}
              </Link>
            )}
            {uptime !== null && (
              <span className="whitespace-nowrap">
                {t('uptime')} {duration(uptime, tag)}
              </span>
            )}
          </span>
        </span>
      }
      actions={
        container.cpu !== null || container.memory !== null ? (
          <dl className="figures flex gap-5 text-right text-sm max-sm:hidden">
            <Figure name={t('cpu')}>{container.cpu === null ? '–' : percent(container.cpu)}</Figure>
            <Figure name={t('memory')}>{container.memory === null ? '–' : bytes(container.memory)}</Figure>
          </dl>
        ) : undefined
      }
    />
  )
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-xs text-fg-faint">{name}</dt>
      <dd className="text-lg font-semibold">{children}</dd>
    </div>
  )
}

function Away({ container, lastSeen }: { container: Container; lastSeen: string | null }) {
  const t = useText()
  const tag = languageTag(useLanguage())
  const now = useNow()
  return (
    <Notice tone="warn" title={t('awayTitle', { node: container.node || t('unknownNode') })}>
      {lastSeen === null ? t('awayHintNever') : t('awayHint', { time: ago(lastSeen, now, tag) })}
    </Notice>
  )
}

function Locked({ children }: { children: ReactNode }) {
  const t = useText()
  return (
    <Card>
      <EmptyState icon={Lock} title={children}>
        {t('askAdmin')}
      </EmptyState>
    </Card>
  )
}
