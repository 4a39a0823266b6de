import { useMemo } from 'react'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Box } from 'lucide-react'
import { queries } from '@/api/queries'
import type { Container, Node } from '@/api/types'
import { ContainerState, ImageName } from '@/features/containers'
import { bytes } from '@/lib/bytes'
import { percent } from '@/lib/numbers'
import { EmptyState, Listing, type Column } from '@/ui'
import { useText } from './text'

export function ContainersTab({ node }: { node: Node }) {
  const t = useText()
  const navigate = useNavigate()
  const containers = useQuery(queries.containers())
  const { data } = containers
  const rows = useMemo(() => (data?.items ?? []).filter(({ node_id }) => node_id === node.id), [data, node.id])
  const columns = useMemo<Column<Container>[]>(
    () => [
      {
        id: 'name',
        header: t('name'),
        accessorFn: ({ name }) => name,
        meta: { grow: true },
        cell: ({ row: { original: one } }) => (
          <Link to="/containers/$id" params={{ id: one.id }} className="font-medium hover:underline">
            {one.name}
          </Link>
        ),
      },
      { id: 'state', header: t('state'), accessorFn: ({ state }) => state, cell: ({ row }) => <ContainerState container={row.original} /> },
      { id: 'image', header: t('image'), accessorFn: ({ image }) => image, meta: { from: 'lg', className: 'max-w-80 text-fg-soft' }, cell: ({ row: { original: one } }) => <ImageName image={one.image} /> },
      { id: 'cpu', header: t('cpu'), accessorFn: ({ cpu }) => cpu ?? -1, meta: { align: 'right', from: 'sm' }, cell: ({ row }) => (row.original.cpu === null ? '–' : percent(row.original.cpu)) },
      {
        id: 'memory',
        header: t('memory'),
        accessorFn: ({ memory }) => memory ?? -1,
        meta: { align: 'right', from: 'sm' },
        cell: ({ row }) => (row.original.memory === null ? '–' : bytes(row.original.memory)),
      },
    ],
    [t],
  )
  return (
    <Listing
      compact
      reading={containers}
      label={t('containers')}
      rows={rows}
      columns={columns}
      rowId={({ id }) => id}
      sort={[{ id: 'name', desc: false }]}
      onRow={({ id }) => void navigate({ to: '/containers/$id', params: { id } })}
      dim={({ fresh }) => !fresh}
      empty={<EmptyState compact icon={Box} title={t('noContainers')} />}
    />
  )
}
