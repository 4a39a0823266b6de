import { useEffect, useLayoutEffect, useRef, useState, type ReactNode } from 'react'
import {
  flexRender,
  getCoreRowModel,
  getSortedRowModel,
  useReactTable,
  type ColumnDef,
  type RowData,
  type SortingState,
} from '@tanstack/react-table'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { ArrowDown, ArrowUp } from 'lucide-react'
import { cx } from '@/lib/cx'
import { useText } from './text'

declare module '@tanstack/react-table' {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  interface ColumnMeta<TData extends RowData, TValue> {
    /** The column is hidden below this width. */
    from?: 'sm' | 'md' | 'lg' | 'xl' | '2xl'
    align?: 'right'
    /** Takes what the others leave, and cuts its text. */
    grow?: boolean
    className?: string
  }
}

export type Column<T> = ColumnDef<T>

const FROM = { sm: 'hidden sm:table-cell', md: 'hidden md:table-cell', lg: 'hidden lg:table-cell', xl: 'hidden xl:table-cell', '2xl': 'hidden 2xl:table-cell' } as const

/** The margins at both ends of each row, whichever columns are the first and the last at this width. */
const ENDS = "before:table-cell before:border-b before:p-1 before:content-[''] after:table-cell after:border-b after:p-1 after:content-['']"
/** What is no longer certain loses its colours, never its contrast. */
const DIM = 'grayscale [&_*]:text-fg-faint'

/** Longer lists render only the rows in sight. */
const VIRTUAL_FROM = 80
const ROW = 41

export interface TableProps<T> {
  rows: readonly T[]
  columns: readonly Column<T>[]
  rowId: (row: T) => string
  label: string
  /** First sorting; the reader's own choice lasts as long as the page. */
  sort?: SortingState
  /** A click anywhere on the row that is on no control of its own. The row's first link is what the keyboard uses. */
  onRow?: (row: T) => void
  dim?: (row: T) => boolean
  empty?: ReactNode
  /** `j` and `k` move through the rows, Enter opens the one they stand on. For the one main list of a page. */
  keys?: boolean
}

/** A list with sorting; filter the rows before giving them. Rows are windowed when there are many. */
export function Table<T>({ rows, columns, rowId, label, sort = [], onRow, dim, empty, keys = false }: TableProps<T>) {
  const t = useText()
  const [sorting, setSorting] = useState<SortingState>(sort)
  const box = useRef<HTMLDivElement>(null)
  const [margin, setMargin] = useState(0)
  const table = useReactTable({
    data: rows as T[],
    columns: columns as Column<T>[],
    getRowId: rowId,
    state: { sorting },
    onSortingChange: setSorting,
    getCoreRowModel: getCoreRowModel(),
    getSortedRowModel: getSortedRowModel(),
    sortDescFirst: false,
  })
  const all = table.getRowModel().rows
  const many = all.length > VIRTUAL_FROM
  const virtual = useWindowVirtualizer({ count: all.length, estimateSize: () => ROW, overscan: 12, scrollMargin: margin, enabled: many })
  useLayoutEffect(() => {
    if (box.current) setMargin(box.current.getBoundingClientRect().top + window.scrollY)
  }, [many])

  const [cursor, setCursor] = useState<string | null>(null)
  const step = useRef({ all, onRow, cursor, many, virtual })
  useLayoutEffect(() => {
    step.current = { all, onRow, cursor, many, virtual }
  })
  useEffect(() => {
    if (!keys) return
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      if (event.target instanceof Element && event.target.closest('a, button, input, textarea, select, [role=dialog], [role=menu]')) {
        // A link that was clicked keeps the focus; it must not keep the keys of the list.
        if (event.key === 'Enter' || event.target.closest('input, textarea, select, [role=dialog], [role=menu]')) return
      }
      const now = step.current
      const at = now.cursor === null ? -1 : now.all.findIndex(({ id }) => id === now.cursor)
      if (event.key === 'Enter' && at >= 0) {
        const row = now.all[at]
        if (row) now.onRow?.(row.original)
      } else if (event.key === 'j' || event.key === 'k') {
        const next = event.key === 'j' ? Math.min(now.all.length - 1, at + 1) : Math.max(0, at - 1)
        setCursor(now.all[next]?.id ?? null)
        if (now.many) now.virtual.scrollToIndex(next, { align: 'auto' })
        else box.current?.querySelectorAll('tbody > tr')[next]?.scrollIntoView({ block: 'nearest' })
      } else return
      event.preventDefault()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [keys])

  const items = virtual.getVirtualItems()
  const first = items[0]
  const last = items.at(-1)
  const shown = many ? items.flatMap((item) => all[item.index] ?? []) : all
  const above = many && first ? first.start - margin : 0
  const below = many && last ? virtual.getTotalSize() - (last.end - margin) : 0

  if (rows.length === 0 && empty !== undefined) return <>{empty}</>
  return (
    <div ref={box} className="overflow-x-auto">
      <table aria-label={label} aria-rowcount={all.length + 1} className="w-full border-separate border-spacing-0 text-sm">
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id} className={ENDS}>
              {group.headers.map((header) => {
                const meta = header.column.columnDef.meta
                const sorted = header.column.getIsSorted()
                const text = flexRender(header.column.columnDef.header, header.getContext())
                return (
                  <th
                    key={header.id}
                    scope="col"
                    aria-sort={sorted === 'asc' ? 'ascending' : sorted === 'desc' ? 'descending' : undefined}
                    className={cx(
                      'h-9 border-b px-2 text-left text-xs font-medium whitespace-nowrap text-fg-faint',
                      meta?.from && FROM[meta.from],
                      meta?.align === 'right' && 'text-right',
                    )}
                  >
                    {header.column.getCanSort() ? (
                      <button
                        type="button"
                        onClick={header.column.getToggleSortingHandler()}
                        className={cx('-mx-1 inline-flex h-6 items-center gap-1 rounded px-1 hover:text-fg', sorted && 'text-fg', meta?.align === 'right' && 'flex-row-reverse')}
                      >
                        {text}
                        {sorted === 'asc' && <ArrowUp className="size-3" role="img" aria-label={t('sortAscending')} />}
                        {sorted === 'desc' && <ArrowDown className="size-3" role="img" aria-label={t('sortDescending')} />}
                      </button>
                    ) : (
                      text
                    )}
                  </th>
                )
              })}
            </tr>
          ))}
        </thead>
        <tbody>
          {above > 0 && (
            <tr aria-hidden>
              <td colSpan={columns.length} style={{ height: above }} />
            </tr>
          )}
          {shown.map((row) => (
            <tr
              key={row.id}
              {...(onRow && {
                onClick: (event) => {
                  if (event.defaultPrevented || window.getSelection()?.isCollapsed === false) return
                  if (event.target instanceof Element && event.target.closest('a,button,input,select,label,[role=menuitem]')) return
                  onRow(row.original)
                },
              })}
              aria-current={row.id === cursor || undefined}
              className={cx('group scroll-my-16 last:before:border-b-0 last:after:border-b-0 aria-[current]:bg-accent-soft', ENDS, onRow && 'cursor-pointer hover:bg-hover', dim?.(row.original) === true && DIM)}
            >
              {row.getVisibleCells().map((cell) => {
                const meta = cell.column.columnDef.meta
                return (
                  <td
                    key={cell.id}
                    className={cx(
                      'h-10 border-b px-2 py-1.5 align-middle group-last:border-b-0',
                      meta?.from && FROM[meta.from],
                      meta?.align === 'right' && 'figures text-right whitespace-nowrap',
                      meta?.grow && 'w-full max-w-0 truncate',
                      meta?.className,
                    )}
                  >
                    {flexRender(cell.column.columnDef.cell, cell.getContext())}
                  </td>
                )
              })}
            </tr>
          ))}
          {below > 0 && (
            <tr aria-hidden>
              <td colSpan={columns.length} style={{ height: below }} />
            </tr>
          )}
        </tbody>
      </table>
    </div>
  )
}
