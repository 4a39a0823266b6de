import { useMemo, useState } from 'react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { RotateCw, ScrollText, SearchX, ShieldX } from 'lucide-react'
import { ApiError, get } from '@/api/http'
import { keys } from '@/api/keys'
import type { AuditEntry, List } from '@/api/types'
import { Button, Card, EmptyState, ErrorState, FilterInput, Moment, Page, PageHeader, Segments, SkeletonRows, Status, Table, type Column, type Tone } from '@/ui'
import { useText } from './text'

/** Entries of one page. */
const PAGE = 200

const TONE: Record<string, Tone> = { done: 'ok', refused: 'warn', failed: 'bad' }
const OUTCOMES = ['all', 'done', 'refused', 'failed'] as const
type Outcome = (typeof OUTCOMES)[number]

function useColumns(): Column<AuditEntry>[] {
  const t = useText()
  return useMemo<Column<AuditEntry>[]>(
    () => [
      { id: 'seq', header: t('seq'), accessorFn: ({ seq }) => seq, meta: { from: 'xl', align: 'right', className: 'text-fg-faint' }, cell: ({ getValue }) => <>{getValue()}</> },
      { id: 'at', header: t('at'), accessorFn: ({ at }) => at, meta: { className: 'text-fg-soft text-xs sm:text-sm max-sm:[&_time]:block max-sm:[&_time]:w-26 max-sm:[&_time]:whitespace-normal' }, cell: ({ row }) => <Moment at={row.original.at} /> },
      {
        id: 'outcome',
        header: t('outcome'),
        accessorFn: ({ outcome }) => outcome,
        meta: { className: 'max-sm:pr-0 max-sm:[&_span>span]:sr-only' },
        cell: ({ row: { original: entry } }) => <Outcome outcome={entry.outcome} />,
      },
      {
        id: 'action',
        header: t('action'),
        accessorFn: ({ action }) => action,
        meta: { className: 'max-sm:w-full max-sm:max-w-0' },
        cell: ({ row: { original: entry } }) => (
          <>
            <code className="font-mono text-xs whitespace-nowrap">{entry.action}</code>
            <span className="block truncate text-xs text-fg-faint sm:hidden">{entry.actor}</span>
            <span className="block truncate text-xs text-fg-faint sm:hidden">{entry.target}</span>
          </>
        ),
      },
      { id: 'actor', header: t('actor'), accessorFn: ({ actor }) => actor, meta: { from: 'sm', className: 'max-w-56 truncate' }, cell: ({ getValue }) => <span title={getValue<string>()}>{getValue<string>()}</span> },
      { id: 'target', header: t('target'), accessorFn: ({ target }) => target, meta: { from: 'md', className: 'max-w-64 truncate' }, cell: ({ getValue }) => <span title={getValue<string>()}>{getValue<string>() || '–'}</span> },
      { id: 'detail', header: t('detail'), accessorFn: ({ detail }) => detail, meta: { from: 'lg', grow: true, className: 'text-fg-faint' }, cell: ({ getValue }) => <span title={getValue<string>()}>{getValue<string>()}</span> },
      { id: 'from', header: t('from'), accessorFn: ({ from }) => from, meta: { from: 'xl', className: 'font-mono text-xs text-fg-faint' }, cell: ({ getValue }) => <>{getValue()}</> },
    ],
    [t],
  )
}

function Outcome({ outcome }: { outcome: string }) {
  const t = useText()
  const known = OUTCOMES.find((one) => one !== 'all' && one === outcome)
  return <Status tone={TONE[outcome] ?? 'note'}>{known ? t(known) : outcome}</Status>
}

export function AuditPage() {
  const t = useText()
  const [filter, setFilter] = useState('')
  const [outcome, setOutcome] = useState<Outcome>('all')
  const { data, error, refetch, isFetching, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: keys.audit,
    queryFn: ({ pageParam, signal }) => get<List<AuditEntry>>('/audit', { limit: PAGE, after: pageParam ?? undefined }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    staleTime: 5000,
  })
  const columns = useColumns()
  const entries = useMemo(() => data?.pages.flatMap(({ items }) => items) ?? [], [data])
  const rows = useMemo(() => {
    const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
    return entries.filter((entry) => {
      if (outcome !== 'all' && entry.outcome !== outcome) return false
      const text = [entry.actor, entry.action, entry.target, entry.detail, entry.from].join(' ').toLowerCase()
      return words.every((word) => text.includes(word))
    })
  }, [entries, filter, outcome])
  return (
    <Page>
      <PageHeader
        title={t('title')}
        below={t('lead')}
        actions={
          <Button icon={RotateCw} busy={isFetching && !isFetchingNextPage} onClick={() => void refetch()}>
            {t('refresh')}
          </Button>
        }
      />
      {entries.length > 0 && (
        <div className="flex flex-wrap items-center gap-3">
          <FilterInput value={filter} onChange={setFilter} placeholder={t('filter')} className="w-full sm:w-80" />
          <Segments label={t('outcomes')} value={outcome} onChange={setOutcome} options={OUTCOMES.map((value) => ({ value, label: t(value) }))} />
        </div>
      )}
      <Card flush>
        {!data ? (
          error instanceof ApiError && error.code === 'forbidden' ? (
            <EmptyState icon={ShieldX} title={t('forbidden')}>
              {t('forbiddenHint')}
            </EmptyState>
          ) : error ? (
            <ErrorState error={error} onRetry={() => void refetch()} />
          ) : (
            <SkeletonRows rows={10} />
          )
        ) : (
          <Table
            label={t('title')}
            rows={rows}
            columns={columns}
            rowId={({ seq }) => String(seq)}
            sort={[{ id: 'at', desc: true }]}
            empty={
              entries.length === 0 ? (
                <EmptyState icon={ScrollText} title={t('none')}>
                  {t('noneHint')}
                </EmptyState>
              ) : (
                <EmptyState icon={SearchX} title={t('noneMatch')} />
              )
            }
          />
        )}
      </Card>
      {data &&
        entries.length > 0 &&
        (hasNextPage ? (
          <Button className="justify-self-center" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t('older')}
          </Button>
        ) : (
          <p className="text-center text-xs text-fg-faint">{t('end', { n: entries.length })}</p>
        ))}
    </Page>
  )
}
