import { useMemo, useState, type ReactNode } from 'react'
import { useQuery, type UseQueryOptions, type QueryKey } from '@tanstack/react-query'
import { HardDrive, Layers, Network as NetworkIcon, SearchX } from 'lucide-react'
import { queries } from '@/api/queries'
import type { Image, List, Network, Volume } from '@/api/types'
import { ImageName } from '@/features/containers'
import { bytes } from '@/lib/bytes'
import { Badge, Card, CopyId, EmptyState, ErrorState, FilterInput, SkeletonRows, Table, TimeAgo, type Column } from '@/ui'
import { useText } from './text'

export function ImagesTab({ id }: { id: string }) {
  const t = useText()
  const columns = useMemo<Column<Image>[]>(
    () => [
      {
        id: 'tag',
        header: t('image'),
        accessorFn: ({ tags }) => tags[0] ?? '~',
        meta: { grow: true },
        cell: ({ row: { original: image } }) =>
          image.tags.length > 0 ? (
            <span title={image.tags.join('\n')} className="flex min-w-0 items-center">
              <ImageName image={image.tags[0] ?? ''} />
              {image.tags.length > 1 && <Badge className="ml-2">+{image.tags.length - 1}</Badge>}
            </span>
          ) : (
            <span className="text-fg-faint">{image.digests[0]?.replace(/@.*/, '') ?? t('untagged')}</span>
          ),
      },
      { id: 'id', header: t('id'), enableSorting: false, meta: { from: 'md' }, cell: ({ row }) => <CopyId id={row.original.id.replace(/^sha256:/, '')} /> },
      { id: 'created', header: t('created'), accessorFn: ({ created }) => created, meta: { from: 'sm', align: 'right' }, cell: ({ row }) => <TimeAgo at={row.original.created} /> },
      { id: 'size', header: t('size'), accessorFn: ({ size }) => size, meta: { align: 'right' }, cell: ({ row }) => bytes(row.original.size) },
    ],
    [t],
  )
  return (
    <Listed
      query={queries.images(id)}
      columns={columns}
      rowId={(image) => image.id}
      text={({ id: hash, tags, digests }) => [hash, ...tags, ...digests].join(' ')}
      label={t('tabImages')}
      sort="size"
      empty={<EmptyState compact icon={Layers} title={t('noImages')} />}
      total={(images) => t('imagesTotal', { n: images.length, size: bytes(images.reduce((sum, { size }) => sum + size, 0)) })}
    />
  )
}

export function NetworksTab({ id }: { id: string }) {
  const t = useText()
  const columns = useMemo<Column<Network>[]>(
    () => [
      {
        id: 'name',
        header: t('name'),
        accessorFn: ({ name }) => name,
        meta: { grow: true },
        cell: ({ row: { original: network } }) => (
          <>
            {network.name}
            {network.internal && <Badge className="ml-2">{t('internal')}</Badge>}
          </>
        ),
      },
      { id: 'driver', header: t('driver'), accessorFn: ({ driver }) => driver, cell: ({ getValue }) => <Badge>{getValue<string>()}</Badge> },
      { id: 'scope', header: t('scope'), accessorFn: ({ scope }) => scope, meta: { from: 'sm' }, cell: ({ getValue }) => <>{getValue()}</> },
      { id: 'subnets', header: t('subnets'), accessorFn: ({ subnets }) => subnets.join(', '), meta: { from: 'md', className: 'font-mono text-xs' }, cell: ({ getValue }) => <>{getValue() || '–'}</> },
      { id: 'id', header: t('id'), enableSorting: false, meta: { from: 'lg' }, cell: ({ row }) => <CopyId id={row.original.id} /> },
    ],
    [t],
  )
  return (
    <Listed
      query={queries.networks(id)}
      columns={columns}
      rowId={(network) => network.id}
      text={({ id: hash, name, driver, subnets }) => [hash, name, driver, ...subnets].join(' ')}
      label={t('tabNetworks')}
      sort="name"
      empty={<EmptyState compact icon={NetworkIcon} title={t('noNetworks')} />}
      total={(networks) => t('networksTotal', { n: networks.length })}
    />
  )
}

export function VolumesTab({ id }: { id: string }) {
  const t = useText()
  const columns = useMemo<Column<Volume>[]>(
    () => [
      { id: 'name', header: t('name'), accessorFn: ({ name }) => name, meta: { grow: true }, cell: ({ getValue }) => <>{getValue()}</> },
      { id: 'driver', header: t('driver'), accessorFn: ({ driver }) => driver, cell: ({ getValue }) => <Badge>{getValue<string>()}</Badge> },
      {
        id: 'mountpoint',
        header: t('mountpoint'),
        accessorFn: ({ mountpoint }) => mountpoint,
        meta: { from: 'md', className: 'max-w-96 truncate font-mono text-xs' },
        cell: ({ getValue }) => <span title={getValue<string>()}>{getValue<string>()}</span>,
      },
      { id: 'created', header: t('created'), accessorFn: ({ created }) => created ?? '', meta: { from: 'sm', align: 'right' }, cell: ({ row }) => <TimeAgo at={row.original.created} /> },
    ],
    [t],
  )
  return (
    <Listed
      query={queries.volumes(id)}
      columns={columns}
      rowId={(volume) => volume.name}
      text={({ name, driver, mountpoint }) => [name, driver, mountpoint].join(' ')}
      label={t('tabVolumes')}
      sort="name"
      empty={<EmptyState compact icon={HardDrive} title={t('noVolumes')} />}
      total={(volumes) => t('volumesTotal', { n: volumes.length })}
    />
  )
}

/** A list that is asked of the node when its tab is opened. */
function Listed<T, K extends QueryKey>({ query, columns, rowId, text, label, sort, empty, total }: {
  query: UseQueryOptions<List<T>, Error, List<T>, K>
  columns: readonly Column<T>[]
  rowId: (row: T) => string
  text: (row: T) => string
  label: string
  sort: string
  empty: ReactNode
  total: (rows: readonly T[]) => string
}) {
  const t = useText()
  const { data, error, refetch } = useQuery(query)
  const [filter, setFilter] = useState('')
  const rows = useMemo(() => (data?.items ?? []).filter((row) => text(row).toLowerCase().includes(filter.toLowerCase())), [data, filter, text])
  if (!data) return <Card flush>{error ? <ErrorState compact error={error} onRetry={() => void refetch()} /> : <SkeletonRows />}</Card>
  if (data.items.length === 0) return <Card flush>{empty}</Card>
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <FilterInput value={filter} onChange={setFilter} className="w-full sm:w-80" />
        <span className="text-sm text-fg-faint">{total(rows)}</span>
      </div>
      <Card flush>
        <Table
          label={label}
          rows={rows}
          columns={columns}
          rowId={rowId}
          sort={[{ id: sort, desc: sort === 'size' }]}
          empty={
            <EmptyState compact icon={SearchX} title={t('noneMatchHint', { query: filter })} />
          }
        />
      </Card>
    </div>
  )
}
