import type { ReactNode } from 'react'
import { SearchX } from 'lucide-react'
import { Button } from './Button'
import { Card, Page, PageHeader } from './Page'
import { EmptyState, ErrorState, SkeletonRows } from './states'
import { Table, type TableProps } from './Table'
import { useText } from './text'

/** A list on its way here; what a query gives fits. */
interface Reading<T> {
  data: { items: readonly T[] } | undefined
  error: unknown
  refetch: () => unknown
}

interface ListingProps<T> extends TableProps<T> {
  reading: Reading<unknown>
  /** Rows that stand for it while it is read. */
  waiting?: number
  compact?: boolean
}

/** A table whose rows are still to come: it waits for them, says why there are none, or shows them. */
export function Listing<T>({ reading: { data, error, refetch }, waiting = 6, compact = false, ...table }: ListingProps<T>) {
  return (
    <Card flush>
      {data ? <Table {...table} /> : error ? <ErrorState compact={compact} error={error} onRetry={() => void refetch()} /> : <SkeletonRows rows={waiting} />}
    </Card>
  )
}

interface ListPageProps<T> extends ListingProps<T> {
  reading: Reading<T>
  title: string
  /** Says how many there are: "12 nodes". */
  all: (n: number) => string
  actions?: ReactNode
  notice?: ReactNode
  /** Fields that narrow the list; they stand there once there is something to narrow. */
  filters: ReactNode
  narrowed: boolean
  onClear: () => void
  /** What is said when the filters leave nothing; `empty` is for when there is nothing at all. */
  unmatched: { title: string; hint: string }
  wide?: boolean
}

/** The page of one kind of thing: how many there are, what narrows them, and their table. */
export function ListPage<T>({ title, all, actions, notice, filters, narrowed, onClear, unmatched, wide = false, empty, ...listing }: ListPageProps<T>) {
  const t = useText()
  const items = listing.reading.data?.items
  const { rows } = listing
  return (
    <Page wide={wide}>
      <PageHeader
        title={title}
        below={items && (rows.length === items.length ? all(items.length) : t('shownOf', { shown: rows.length, all: all(items.length) }))}
        actions={actions}
      />
      {notice}
      {items && (items.length > 0 || narrowed) && <div className="flex flex-wrap items-center gap-2">{filters}</div>}
      <Listing
        {...listing}
        empty={
          narrowed && items && items.length > 0 ? (
            <EmptyState icon={SearchX} title={unmatched.title} action={<Button onClick={onClear}>{t('clearFilters')}</Button>}>
              {unmatched.hint}
            </EmptyState>
          ) : (
            empty
          )
        }
      />
    </Page>
  )
}
