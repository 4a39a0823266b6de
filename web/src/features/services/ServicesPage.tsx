import { useMemo } from 'react'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Boxes, Unplug } from 'lucide-react'
import { queries } from '@/api/queries'
import type { Service } from '@/api/types'
import { ImageName, Incomplete } from '@/features/containers'
import { changed } from '@/lib/search'
import { buttonClass, EmptyState, FilterInput, ListPage, Segments, Select, TimeAgo, TROUBLE_FIRST, type Column } from '@/ui'
import { conditionOf, matchesSearch, moodOf, readSearch, splitImage, type ServiceSearch } from './model'
import { Mode, ServiceState, TaskCount } from './parts'
import { useText } from './text'

/** All services of the Swarm, live. */
export function ServicesPage() {
  const t = useText()
  const navigate = useNavigate()
  const search = readSearch(useSearch({ from: '/shell/services' }))
  const list = useQuery(queries.services())
  const set = (change: { [K in keyof ServiceSearch]?: string }) =>
    void navigate({
      to: '/services',
      search: (before) => changed(before, change),
      replace: true,
    })
  const items = list.data?.items
  const { q, stack, state } = search
  const rows = useMemo(() => {
    const wanted: ServiceSearch = { ...(q === undefined ? {} : { q }), ...(stack === undefined ? {} : { stack }), ...(state === undefined ? {} : { state }) }
    return (items ?? []).filter((one) => matchesSearch(one, wanted))
  }, [items, q, stack, state])
  const stacks = useMemo(() => [...new Set((items ?? []).flatMap((one) => one.stack ?? []))].sort(), [items])
  const columns = useColumns()
  return (
    <ListPage
      wide
      title={t('title')}
      all={(n) => t('all', { n })}
      reading={list}
      waiting={8}
      notice={list.data && <Incomplete list={list.data} />}
      filters={
        <>
          <FilterInput value={q ?? ''} onChange={(next) => set({ q: next })} placeholder={t('filter')} className="w-full sm:w-84" />
          {(stacks.length > 0 || stack !== undefined) && (
            <Select aria-label={t('stack')} value={stack ?? ''} onChange={(event) => set({ stack: event.target.value })} className="max-w-52">
              <option value="">{t('anyStack')}</option>
              {[...new Set([...stacks, ...(stack === undefined ? [] : [stack])])].map((one) => (
                <option key={one}>{one}</option>
              ))}
            </Select>
          )}
          <Segments
            label={t('show')}
            value={state ?? 'all'}
            onChange={(next) => set({ state: next === 'trouble' ? 'trouble' : '' })}
            options={[
              { value: 'all', label: t('showAll') },
              { value: 'trouble', label: t('showTrouble') },
            ]}
          />
        </>
      }
      narrowed={Object.keys(search).length > 0}
      onClear={() => void navigate({ to: '/services', search: {} })}
      unmatched={{ title: t('noneFound'), hint: t('noneFoundHint', { n: items?.length ?? 0 }) }}
      label={t('title')}
      rows={rows}
      columns={columns}
      rowId={({ id }) => id}
      sort={[{ id: 'name', desc: false }]}
      keys
      onRow={({ name }) => void navigate({ to: '/services/$id', params: { id: name } })}
      empty={
        list.data?.complete === false ? (
          <EmptyState
            icon={Unplug}
            title={t('noSwarm')}
            action={
              <Link to="/nodes" className={buttonClass()}>
                {t('toNodes')}
              </Link>
            }
          >
            {t('noSwarmHint')}
          </EmptyState>
        ) : (
          <EmptyState icon={Boxes} title={t('empty')}>
            {t('emptyHint')}
          </EmptyState>
        )
      }
    />
  )
}

function useColumns(): Column<Service>[] {
  const t = useText()
  return useMemo<Column<Service>[]>(
    () => [
      {
        id: 'state',
        header: t('state'),
        accessorFn: (one) => TROUBLE_FIRST[moodOf(conditionOf(one))],
        meta: { className: 'max-sm:[&_span>span]:sr-only' },
        cell: ({ row }) => <ServiceState service={row.original} />,
      },
      {
        id: 'name',
        header: t('name'),
        accessorFn: ({ name }) => name,
        sortingFn: 'alphanumeric',
        meta: { grow: true, className: 'min-w-36' },
        cell: ({ row: { original: one } }) => (
          <span className="block min-w-0">
            <Link to="/services/$id" params={{ id: one.name }} title={one.name} className="block truncate font-medium hover:underline">
              {one.name}
            </Link>
            <span className="block text-xs text-fg-faint md:hidden">
              <ImageName image={one.image} />
            </span>
          </span>
        ),
      },
      { id: 'tasks', header: t('tasks'), accessorFn: ({ tasks_running }) => tasks_running, sortDescFirst: true, cell: ({ row }) => <TaskCount service={row.original} /> },
      {
        id: 'image',
        header: t('image'),
        accessorFn: ({ image }) => image,
        meta: { from: 'md', className: 'max-w-64' },
        cell: ({ row: { original: one } }) => <Image image={one.image} />,
      },
      { id: 'mode', header: t('mode'), accessorFn: ({ mode }) => mode, meta: { from: 'lg', className: 'text-fg-soft whitespace-nowrap' }, cell: ({ row }) => <Mode mode={row.original.mode} /> },
      {
        id: 'stack',
        header: t('stack'),
        accessorFn: ({ stack }) => stack ?? '',
        meta: { from: 'md', className: 'max-w-40 truncate text-fg-soft' },
        cell: ({ row: { original: one } }) => one.stack ?? <span className="text-fg-faint">–</span>,
      },
      {
        id: 'ports',
        header: t('ports'),
        enableSorting: false,
        accessorFn: () => '',
        meta: { from: 'xl', className: 'max-w-44' },
        cell: ({ row: { original: one } }) => (
          <span title={one.ports.join('\n')} className="block truncate font-mono text-xs text-fg-soft">
            {one.ports.length === 0 ? '–' : one.ports.join(', ')}
          </span>
        ),
      },
      {
        id: 'updated',
        header: t('updated'),
        accessorFn: ({ updated }) => Date.parse(updated),
        sortDescFirst: true,
        meta: { from: 'lg', align: 'right', className: 'text-fg-soft' },
        cell: ({ row }) => <TimeAgo at={row.original.updated} />,
      },
    ],
    [t],
  )
}

export function Image({ image }: { image: string }) {
  const { name, digest } = splitImage(image)
  return (
    <span className="flex min-w-0 items-baseline text-fg-soft">
      <ImageName image={name} />
      {digest !== null && <span className="ml-1.5 font-mono text-xs text-fg-faint max-2xl:hidden">{digest}</span>}
    </span>
  )
}
