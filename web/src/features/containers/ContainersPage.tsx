import { useDeferredValue, useEffect, useMemo, useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Box } from 'lucide-react'
import { queries } from '@/api/queries'
import type { Container } from '@/api/types'
import { bytes } from '@/lib/bytes'
import { percent, share } from '@/lib/numbers'
import { languageTag, useLanguage } from '@/lib/preferences'
import { changed } from '@/lib/search'
import { duration } from '@/lib/time'
import { EmptyState, FilterInput, ListPage, Meter, Select, TROUBLE_FIRST, useNow, type Column } from '@/ui'
import { conditionOf, facets, matchesSearch, moodOf, portTexts, readSearch, shortId, uptimeOf, type Facet, type ListSearch } from './model'
import { ContainerState, ImageName, Incomplete } from './parts'
import { useText } from './text'

/** States that the filter offers even when no container is in them just now. */
const STATES = ['running', 'unhealthy', 'restarting', 'paused', 'created', 'exited', 'dead'] as const

/** All containers of all nodes, live. Filters live in the address, so that a view can be sent to somebody. */
export function ContainersPage() {
  const t = useText()
  const navigate = useNavigate()
  const search = readSearch(useSearch({ from: '/shell/containers' }))
  const list = useQuery(queries.containers())
  const set = (change: Partial<Record<keyof ListSearch, string>>) =>
    void navigate({
      to: '/containers',
      search: (before) => changed(before, change),
      replace: true,
    })

  const items = list.data?.items
  const filter = useDeferredValue(JSON.stringify(search))
  const rows = useMemo(() => {
    const wanted = JSON.parse(filter) as ListSearch
    return (items ?? []).filter((one) => matchesSearch(one, wanted))
  }, [items, filter])
  const offers = useMemo(() => {
    const all = items ?? []
    const inStack = search.stack === undefined ? all : all.filter((one) => one.task?.stack === search.stack)
    return {
      nodes: facets(all, (one) => one.node),
      stacks: facets(all, (one) => one.task?.stack),
      services: facets(inStack, (one) => one.task?.service),
      states: STATES.map((value) => ({ value, count: all.filter((one) => matchesSearch(one, { state: value })).length })).filter(
        ({ value, count: n }) => n > 0 || value === search.state,
      ),
    }
  }, [items, search.stack, search.state])
  const columns = useColumns()

  return (
    <ListPage
      wide
      title={t('title')}
      all={(n) => t('all', { n })}
      reading={list}
      waiting={10}
      notice={list.data && <Incomplete list={list.data} />}
      filters={
        <>
          <Query value={search.q ?? ''} onChange={(q) => set({ q })} placeholder={t('filter')} />
          <FacetSelect label={t('state')} any={t('anyState')} value={search.state} facets={offers.states} onChange={(state) => set({ state })} name={(value) => t(`s_${value as (typeof STATES)[number]}`)} />
          <FacetSelect label={t('node')} any={t('anyNode')} value={search.node} facets={offers.nodes} onChange={(node) => set({ node })} />
          {(offers.stacks.length > 0 || search.stack !== undefined) && (
            <FacetSelect label={t('stack')} any={t('anyStack')} value={search.stack} facets={offers.stacks} onChange={(stack) => set({ stack, service: '' })} />
          )}
          {(offers.services.length > 0 || search.service !== undefined) && (
            <FacetSelect label={t('service')} any={t('anyService')} value={search.service} facets={offers.services} onChange={(service) => set({ service })} />
          )}
        </>
      }
      narrowed={Object.keys(search).length > 0}
      onClear={() => void navigate({ to: '/containers', search: {} })}
      unmatched={{ title: t('noneFound'), hint: t('noneFoundHint', { n: items?.length ?? 0 }) }}
      label={t('title')}
      rows={rows}
      columns={columns}
      rowId={({ id }) => id}
      sort={[{ id: 'name', desc: false }]}
      keys
      onRow={({ id }) => void navigate({ to: '/containers/$id', params: { id: shortId(id) } })}
      dim={({ fresh }) => !fresh}
      empty={
        <EmptyState icon={Box} title={t('empty')}>
          {t('emptyHint')}
        </EmptyState>
      }
    />
  )
}

/** The address follows the typing a moment later, so that every letter is not a step of the router. */
function Query({ value, onChange, placeholder }: { value: string; onChange: (next: string) => void; placeholder: string }) {
  const [text, setText] = useState(value)
  const [given, setGiven] = useState(value)
  if (given !== value) {
    setGiven(value)
    setText(value)
  }
  useEffect(() => {
    if (text === value) return
    const timer = setTimeout(() => {
      setGiven(text)
      onChange(text)
    }, 120)
    return () => clearTimeout(timer)
  })
  return <FilterInput value={text} onChange={setText} placeholder={placeholder} className="w-full sm:w-84" />
}

function FacetSelect({ label, any, value, facets: offered, onChange, name = (one) => one }: {
  label: string
  any: string
  value: string | undefined
  facets: readonly Facet[]
  onChange: (next: string) => void
  name?: (value: string) => string
}) {
  const known = value === undefined || offered.some((one) => one.value === value)
  return (
    <Select aria-label={label} value={value ?? ''} onChange={(event) => onChange(event.target.value)} className="max-w-52 max-sm:flex-1 max-sm:basis-[calc(50%-0.25rem)]">
      <option value="">{any}</option>
      {!known && <option value={value}>{value}</option>}
      {offered.map((facet) => (
        <option key={facet.value} value={facet.value}>
          {name(facet.value)} ({facet.count})
        </option>
      ))}
    </Select>
  )
}

function useColumns(): Column<Container>[] {
  const t = useText()
  return useMemo<Column<Container>[]>(
    () => [
      {
        id: 'state',
        header: t('state'),
        accessorFn: (one) => TROUBLE_FIRST[moodOf(conditionOf(one))],
        meta: { className: 'max-sm:[&_span>span]:sr-only' },
        cell: ({ row }) => <ContainerState container={row.original} />,
      },
      {
        id: 'name',
        header: t('name'),
        accessorFn: ({ name }) => name,
        sortingFn: 'alphanumeric',
        meta: { grow: true, className: 'min-w-40' },
        cell: ({ row: { original: one } }) => (
          <span className="block min-w-0">
            <Link to="/containers/$id" params={{ id: shortId(one.id) }} title={one.name} className="block truncate font-medium hover:underline">
              {one.name}
            </Link>
            <span className="flex text-xs text-fg-faint md:hidden">
              <ImageName image={one.image} />
              <span className="shrink-0 whitespace-pre"> · {one.node}</span>
            </span>
          </span>
        ),
      },
      {
        id: 'image',
        header: t('image'),
        accessorFn: ({ image }) => image,
        meta: { from: 'md', className: 'max-w-56 text-fg-soft' },
        cell: ({ row }) => <ImageName image={row.original.image} />,
      },
      {
        id: 'node',
        header: t('node'),
        accessorFn: ({ node }) => node,
        sortingFn: 'alphanumeric',
        meta: { from: 'md', className: 'max-w-36 truncate' },
        cell: ({ row: { original: one } }) => (
          <Link to="/nodes/$id" params={{ id: one.node }} className="text-fg-soft hover:underline">
            {one.node}
          </Link>
        ),
      },
      {
        id: 'service',
        header: t('service'),
        accessorFn: ({ task }) => task?.service ?? '',
        sortingFn: 'alphanumeric',
        meta: { from: 'lg', className: 'max-w-44 truncate' },
        cell: ({ row: { original: one } }) =>
          one.task ? (
            <Link to="/services/$id" params={{ id: one.task.service }} title={one.task.service} className="text-fg-soft hover:underline">
              {one.task.service}
            </Link>
          ) : (
            <span className="text-fg-faint">–</span>
          ),
      },
      {
        id: 'cpu',
        header: t('cpu'),
        accessorFn: ({ cpu }) => cpu ?? -1,
        sortDescFirst: true,
        meta: { align: 'right', className: 'min-w-16' },
        cell: ({ row: { original: one } }) => (one.cpu === null ? <span className="text-fg-faint">–</span> : percent(one.cpu)),
      },
      {
        id: 'memory',
        header: t('memory'),
        accessorFn: ({ memory }) => memory ?? -1,
        sortDescFirst: true,
        meta: { align: 'right', from: 'sm', className: 'min-w-24' },
        cell: ({ row: { original: one } }) => <Memory container={one} />,
      },
      {
        id: 'ports',
        header: t('ports'),
        enableSorting: false,
        accessorFn: () => '',
        meta: { from: 'xl', className: 'max-w-48' },
        cell: ({ row }) => <Ports container={row.original} />,
      },
      {
        id: 'uptime',
        header: t('uptime'),
        accessorFn: ({ state, started }) => (state === 'running' && started !== null ? -Date.parse(started) : Infinity),
        meta: { from: 'lg', align: 'right' },
        cell: ({ row }) => <Uptime container={row.original} />,
      },
    ],
    [t],
  )
}

function Memory({ container: { memory, memory_limit: limit } }: { container: Container }) {
  const t = useText()
  if (memory === null) return <span className="text-fg-faint">–</span>
  if (limit === 0) return bytes(memory)
  const words = t('ofLimit', { value: bytes(memory), limit: bytes(limit) })
  return (
    <span title={words} className="relative inline-block w-20">
      {bytes(memory)}
      <Meter percent={share(memory, limit)} label={words} className="absolute inset-x-0 -bottom-1 h-1" />
    </span>
  )
}

function Ports({ container }: { container: Container }) {
  const all = portTexts(container.ports)
  if (all.length === 0) return <span className="text-fg-faint">–</span>
  const [first] = all
  return (
    <span title={all.join('\n')} className="figures block truncate font-mono text-xs text-fg-soft">
      {first}
      {all.length > 1 && <span className="text-fg-faint"> +{all.length - 1}</span>}
    </span>
  )
}

function Uptime({ container }: { container: Container }) {
  const tag = languageTag(useLanguage())
  const now = useNow()
  const seconds = uptimeOf(container, now)
  return seconds === null ? <span className="text-fg-faint">–</span> : <span className="text-fg-soft">{duration(seconds, tag)}</span>
}
