import { useMemo, useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { FileCheck, FileMinus, FilePen, FilePlus, RotateCw, SearchX, type LucideIcon } from 'lucide-react'
import { queries } from '@/api/queries'
import type { ContainerChange } from '@/api/types'
import { Button, Card, EmptyState, ErrorState, FilterInput, SkeletonRows, Status, Table, type Column, type Tone } from '@/ui'
import { useText } from './text'

const KINDS: Record<string, { tone: Tone; icon: LucideIcon; text: 'added' | 'modified' | 'deleted' }> = {
  added: { tone: 'ok', icon: FilePlus, text: 'added' },
  modified: { tone: 'warn', icon: FilePen, text: 'modified' },
  deleted: { tone: 'bad', icon: FileMinus, text: 'deleted' },
}

/** What a container changed in its file system. */
export function Changes({ id }: { id: string }) {
  const t = useText()
  const changes = useQuery({ ...queries.changes(id), staleTime: 10_000 })
  const [query, setQuery] = useState('')
  const items = changes.data?.items
  const rows = useMemo(() => {
    const wanted = query.trim().toLowerCase()
    return (items ?? []).filter(({ path }) => path.toLowerCase().includes(wanted))
  }, [items, query])
  const columns = useMemo<Column<ContainerChange>[]>(
    () => [
      {
        id: 'kind',
        header: t('kind'),
        accessorFn: ({ kind }) => kind,
        cell: ({ row: { original } }) => {
          const kind = KINDS[original.kind]
          return kind ? (
            <Status tone={kind.tone} icon={kind.icon}>
              {t(kind.text)}
            </Status>
          ) : (
            original.kind
          )
        },
      },
      {
        id: 'path',
        header: t('path'),
        accessorFn: ({ path }) => path,
        meta: { className: 'w-full font-mono text-xs [overflow-wrap:anywhere]' },
        cell: ({ row: { original } }) => original.path,
      },
    ],
    [t],
  )
  if (!items) return <Card flush>{changes.error ? <ErrorState error={changes.error} onRetry={() => void changes.refetch()} /> : <SkeletonRows />}</Card>
  if (items.length === 0)
    return (
      <Card>
        <EmptyState icon={FileCheck} title={t('noChanges')} action={<Button icon={RotateCw} busy={changes.isFetching} onClick={() => void changes.refetch()}>{t('refresh')}</Button>}>
          {t('noChangesHint')}
        </EmptyState>
      </Card>
    )
  return (
    <div className="grid gap-3">
      <div className="flex items-center gap-2">
        <FilterInput value={query} onChange={setQuery} placeholder={t('filterPath')} className="min-w-0 flex-1 sm:max-w-84" />
        <span className="text-sm text-fg-faint max-md:hidden">{t('changesHint')}</span>
        <Button icon={RotateCw} className="ml-auto" busy={changes.isFetching} onClick={() => void changes.refetch()}>
          {t('refresh')}
        </Button>
      </div>
      <Card flush>
        <Table
          label={t('tabChanges')}
          rows={rows}
          columns={columns}
          rowId={({ path }) => path}
          sort={[{ id: 'path', desc: false }]}
          empty={<EmptyState compact icon={SearchX} title={t('noneFound')} />}
        />
      </Card>
    </div>
  )
}
