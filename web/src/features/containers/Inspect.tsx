import { useMemo, useRef, useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { useVirtualizer } from '@tanstack/react-virtual'
import { ChevronDown, ChevronRight, FoldVertical, RotateCw, UnfoldVertical } from 'lucide-react'
import { queries } from '@/api/queries'
import { cx } from '@/lib/cx'
import { Card, CopyButton, ErrorState, FilterInput, IconButton, SkeletonRows } from '@/ui'
import { foldable, toLines, type Line } from './json'
import { useText } from './text'

/** What `docker inspect` says, to be folded, searched and copied. */
export function Inspect({ id }: { id: string }) {
  const t = useText()
  const inspect = useQuery({ ...queries.inspect(id), staleTime: 10_000 })
  if (inspect.data === undefined)
    return <Card flush>{inspect.error ? <ErrorState error={inspect.error} onRetry={() => void inspect.refetch()} /> : <SkeletonRows />}</Card>
  return (
    <Card
      flush
      className="-mb-8"
      title={t('tabInspect')}
      aside={<span className="text-xs text-fg-faint max-sm:hidden">{t('inspectHint')}</span>}
    >
      <JsonView value={inspect.data} onRefresh={() => void inspect.refetch()} />
    </Card>
  )
}

const ROW = 20

function JsonView({ value, onRefresh }: { value: unknown; onRefresh: () => void }) {
  const t = useText()
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set())
  const [query, setQuery] = useState('')
  const box = useRef<HTMLDivElement>(null)
  const wanted = query.trim().toLowerCase()
  const lines = useMemo(() => {
    // While something is looked for, nothing is hidden from it.
    const all = toLines(value, wanted === '' ? folded : new Set())
    return wanted === '' ? all : all.filter((line) => line.kind !== 'close' && `${line.key ?? ''} ${line.text}`.toLowerCase().includes(wanted))
  }, [value, folded, wanted])
  const virtual = useVirtualizer({ count: lines.length, getScrollElement: () => box.current, estimateSize: () => ROW, overscan: 20 })
  const text = useMemo(() => JSON.stringify(value, null, 2), [value])
  const toggle = (path: string) => {
    const next = new Set(folded)
    if (!next.delete(path)) next.add(path)
    setFolded(next)
  }
  return (
    <>
      <div className="flex items-center gap-1 border-b px-2 py-1.5">
        <FilterInput value={query} onChange={setQuery} placeholder={t('searchJson')} className="min-w-0 flex-1 sm:max-w-80" />
        {wanted !== '' && <span className="figures px-2 text-xs whitespace-nowrap text-fg-faint">{t('found', { n: lines.length })}</span>}
        <span className="ml-auto" />
        <IconButton icon={FoldVertical} label={t('foldAll')} onClick={() => setFolded(new Set(foldable(value)))} />
        <IconButton icon={UnfoldVertical} label={t('unfoldAll')} onClick={() => setFolded(new Set())} />
        <CopyButton text={text} />
        <IconButton icon={RotateCw} label={t('refresh')} onClick={onRefresh} />
      </div>
      <div ref={box} tabIndex={0} className="h-[calc(100dvh-var(--top)-13.5rem)] min-h-80 overflow-auto md:h-[calc(100dvh-var(--top)-10rem)] py-2 font-mono text-xs -outline-offset-2">
        <div style={{ height: virtual.getTotalSize(), position: 'relative', width: 'max-content', minWidth: '100%' }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const line = lines[index]
            return (
              line && (
                <div key={`${line.path}${line.kind}`} className="absolute left-0 flex w-full items-center pr-4 leading-5 whitespace-pre hover:bg-hover" style={{ transform: `translateY(${start}px)`, height: ROW }}>
                  <JsonLine line={line} flat={wanted !== ''} onToggle={toggle} />
                </div>
              )
            )
          })}
        </div>
      </div>
    </>
  )
}

const INK: Record<Line['type'], string> = {
  object: 'text-fg-soft',
  array: 'text-fg-soft',
  string: 'text-(--ansi-2)',
  number: 'text-(--ansi-4)',
  boolean: 'text-(--ansi-5)',
  null: 'text-fg-faint',
}

function JsonLine({ line, flat, onToggle }: { line: Line; flat: boolean; onToggle: (path: string) => void }) {
  const t = useText()
  const Icon = line.folded ? ChevronRight : ChevronDown
  return (
    <>
      <span className="inline-flex w-6 shrink-0 justify-center">
        {line.kind === 'open' && !flat && (
          <button type="button" aria-expanded={!line.folded} aria-label={`${line.key ?? ''} ${t('members', { n: line.size })}`} onClick={() => onToggle(line.path)} className="rounded text-fg-faint hover:text-fg">
            <Icon className="size-3.5" aria-hidden />
          </button>
        )}
      </span>
      <span style={{ paddingLeft: `${line.depth * 2}ch` }}>
        {line.key !== null && (
          <>
            <span className="text-(--ansi-6)">{JSON.stringify(line.key)}</span>
            <span className="text-fg-faint">: </span>
          </>
        )}
        <span className={cx(INK[line.type])}>{line.text}</span>
        {line.folded && (
          <span className="text-fg-faint">
            {' '}
            {t('members', { n: line.size })} {line.type === 'array' ? ']' : '}'}
          </span>
        )}
        {line.comma && <span className="text-fg-faint">,</span>}
      </span>
    </>
  )
}
