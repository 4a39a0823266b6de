import { useMemo } from 'react'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Server } from 'lucide-react'
import { queries } from '@/api/queries'
import { useMay } from '@/api/rights'
import type { Node } from '@/api/types'
import { percent, share } from '@/lib/numbers'
import { EmptyState, FilterInput, ListPage, Notice, type Column } from '@/ui'
import { AddNodeButton } from './AddNode'
import { nodeMatches, stateOf } from './model'
import { LoadBar, NodeRole, NodeStatus } from './parts'
import { useText } from './text'

function useColumns(): Column<Node>[] {
  const t = useText()
  return useMemo<Column<Node>[]>(
    () => [
      {
        id: 'name',
        header: t('name'),
        accessorFn: ({ name }) => name.toLowerCase(),
        meta: { className: 'max-w-0 w-full sm:max-w-72 sm:w-auto' },
        cell: ({ row: { original: node } }) => (
          <>
            <Link to="/nodes/$id" params={{ id: node.name }} className="block truncate font-medium hover:underline">
              {node.name}
            </Link>
            {node.load && (
              <span className="figures block truncate text-xs text-fg-faint md:hidden">
                {t('cpu')} {percent(node.load.cpu)} · {t('memory')} {percent(share(node.load.memory_used, node.load.memory_total))}
              </span>
            )}
          </>
        ),
      },
      { id: 'status', header: t('status'), accessorFn: stateOf, cell: ({ row }) => <NodeStatus node={row.original} /> },
      { id: 'role', header: t('role'), accessorFn: ({ swarm }) => `${swarm?.role ?? 'z'}${swarm?.leader ? 0 : 1}`, meta: { from: 'sm' }, cell: ({ row }) => <NodeRole node={row.original} /> },
      {
        id: 'cpu',
        header: t('cpu'),
        accessorFn: ({ load }) => load?.cpu ?? -1,
        meta: { from: 'md' },
        cell: ({ row: { original: node } }) => <LoadBar label={`${t('cpu')} ${node.name}`} value={node.load?.cpu ?? null} />,
      },
      {
        id: 'memory',
        header: t('memory'),
        accessorFn: ({ load }) => (load ? share(load.memory_used, load.memory_total) : -1),
        meta: { from: 'md' },
        cell: ({ row: { original: node } }) => (
          <LoadBar label={`${t('memory')} ${node.name}`} value={node.load ? share(node.load.memory_used, node.load.memory_total) : null} />
        ),
      },
      {
        id: 'disk',
        header: t('disk'),
        accessorFn: ({ load }) => (load ? share(load.disk_used, load.disk_total) : -1),
        meta: { from: 'lg' },
        cell: ({ row: { original: node } }) => (
          <LoadBar label={`${t('disk')} ${node.name}`} value={node.load ? share(node.load.disk_used, node.load.disk_total) : null} />
        ),
      },
      {
        id: 'containers',
        header: t('containers'),
        accessorFn: ({ containers_running }) => containers_running,
        meta: { align: 'right', from: 'sm' },
        cell: ({ row: { original: node } }) => (
          <>
            {node.containers_running}
            <span className="text-fg-faint"> / {node.containers_total}</span>
          </>
        ),
      },
      { id: 'engine', header: t('engine'), accessorFn: ({ facts }) => facts?.engine?.version ?? '', meta: { from: 'xl' }, cell: ({ getValue }) => <>{getValue() || '–'}</> },
      { id: 'agent', header: t('agent'), accessorFn: ({ agent_version }) => agent_version, meta: { from: '2xl' }, cell: ({ getValue }) => <>{getValue()}</> },
      { id: 'address', header: t('address'), accessorFn: ({ address }) => address, meta: { from: 'lg', className: 'font-mono text-xs' }, cell: ({ getValue }) => <>{getValue()}</> },
    ],
    [t],
  )
}

/** Every node that ever joined and was not removed. */
export function NodesPage() {
  const t = useText()
  const navigate = useNavigate()
  const mayManage = useMay('manageNodes')
  const { q = '' } = useSearch({ from: '/shell/nodes' })
  const list = useQuery(queries.nodes())
  const { data } = list
  const columns = useColumns()
  const rows = useMemo(() => (data?.items ?? []).filter((node) => nodeMatches(node, q)), [data, q])
  const setQuery = (next: string) => void navigate({ to: '/nodes', search: next === '' ? {} : { q: next }, replace: true })
  const away = data?.items.filter(({ connected }) => !connected).length ?? 0
  return (
    <ListPage
      title={t('title')}
      all={(n) => [t('countAll', { n }), ...(away > 0 ? [t('countAway', { n: away })] : [])].join(' · ')}
      reading={list}
      actions={mayManage ? <AddNodeButton look="primary" /> : undefined}
      notice={data && !data.complete && <Notice tone="warn">{t('incomplete', { nodes: data.missing.map(({ node }) => node).join(', ') })}</Notice>}
      filters={<FilterInput value={q} onChange={setQuery} placeholder={t('filter')} className="w-full sm:w-84" />}
      narrowed={q !== ''}
      onClear={() => setQuery('')}
      unmatched={{ title: t('noneMatch'), hint: t('noneMatchHint', { query: q }) }}
      label={t('title')}
      rows={rows}
      columns={columns}
      rowId={({ id }) => id}
      sort={[{ id: 'name', desc: false }]}
      keys
      onRow={({ name }) => void navigate({ to: '/nodes/$id', params: { id: name } })}
      dim={({ connected }) => !connected}
      empty={
        <EmptyState icon={Server} title={t('none')} action={mayManage ? <AddNodeButton look="primary" /> : undefined}>
          {t('noneHint')}
        </EmptyState>
      }
    />
  )
}
