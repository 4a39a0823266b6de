import { Link } from '@tanstack/react-router'
import type { Node } from '@/api/types'
import { cx } from '@/lib/cx'
import { percent, share } from '@/lib/numbers'
import { Card, Meter, SkeletonRows } from '@/ui'
import { useText } from './text'

/** Nodes shown, the busiest first. */
const SHOWN = 8

/** CPU, memory and disk of each node side by side, so that an uneven cluster is seen. */
export function NodeLoads({ nodes }: { nodes: readonly Node[] | undefined }) {
  const t = useText()
  const rows = [...(nodes ?? [])].sort((a, b) => Number(b.connected) - Number(a.connected) || (b.load?.cpu ?? 0) - (a.load?.cpu ?? 0)).slice(0, SHOWN)
  return (
    <Card flush title={t('nodeLoad')}>
      {nodes === undefined ? (
        <SkeletonRows rows={3} />
      ) : (
        <div className="px-4 py-2">
          <div className="grid grid-cols-3 gap-x-3 pb-1 sm:grid-cols-[minmax(6rem,1.6fr)_repeat(3,minmax(0,1fr))] sm:gap-x-4 text-xs text-fg-faint" aria-hidden>
            <span className="max-sm:hidden" />
            <span>{t('cpu')}</span>
            <span>{t('memory')}</span>
            <span>{t('disk')}</span>
          </div>
          {rows.map(({ id, name, connected, load }) => (
            <Link
              key={id}
              to="/nodes/$id"
              params={{ id: name }}
              className={cx('-mx-2 grid grid-cols-3 items-center gap-x-3 rounded-md sm:grid-cols-[minmax(6rem,1.6fr)_repeat(3,minmax(0,1fr))] sm:gap-x-4 px-2 py-1.5 text-sm hover:bg-hover', !connected && 'text-fg-faint grayscale')}
            >
              <span className="truncate max-sm:col-span-3" title={name}>
                {name}
              </span>
              <Bar label={`${t('cpu')} ${name}`} value={load?.cpu} />
              <Bar label={`${t('memory')} ${name}`} value={load ? share(load.memory_used, load.memory_total) : undefined} />
              <Bar label={`${t('disk')} ${name}`} value={load ? share(load.disk_used, load.disk_total) : undefined} />
            </Link>
          ))}
        </div>
      )}
    </Card>
  )
}

function Bar({ label, value }: { label: string; value: number | undefined }) {
  return (
    <span className="flex items-center gap-2">
      <Meter percent={value ?? null} label={label} className="flex-1" />
      <span className="figures w-8 text-right text-xs text-fg-faint">{value === undefined ? '–' : percent(value)}</span>
    </span>
  )
}
