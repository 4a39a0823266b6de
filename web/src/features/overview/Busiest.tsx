import { useMemo, useState } from 'react'
import { Link } from '@tanstack/react-router'
import { Box } from 'lucide-react'
import type { Container } from '@/api/types'
import { bytes } from '@/lib/bytes'
import { percent } from '@/lib/numbers'
import { Card, EmptyState, Segments, SkeletonRows } from '@/ui'
import { useText } from './text'

const SHOWN = 6

/** The running containers that use most, each with a bar relative to the first. */
export function Busiest({ containers }: { containers: readonly Container[] | undefined }) {
  const t = useText()
  const [by, setBy] = useState<'cpu' | 'memory'>('cpu')
  const top = useMemo(
    () =>
      (containers ?? [])
        .filter(({ state, fresh }) => state === 'running' && fresh)
        .flatMap((container) => (container[by] === null ? [] : [{ container, value: container[by] }]))
        .sort((a, b) => b.value - a.value)
        .slice(0, SHOWN),
    [containers, by],
  )
  const most = Math.max(by === 'cpu' ? 1 : 1024, top[0]?.value ?? 0)
  return (
    <Card
      flush
      title={t('busiest')}
      aside={
        <Segments
          label={t('busiest')}
          value={by}
          onChange={setBy}
          options={[
            { value: 'cpu', label: t('byCpu') },
            { value: 'memory', label: t('byMemory') },
          ]}
        />
      }
    >
      {containers === undefined ? (
        <SkeletonRows rows={4} />
      ) : top.length === 0 ? (
        <EmptyState compact icon={Box} title={t('noContainers')} />
      ) : (
        <ul className="p-2">
          {top.map(({ container, value }) => (
            <li key={container.id}>
              <Link to="/containers/$id" params={{ id: container.id }} className="relative flex items-center gap-3 overflow-hidden rounded-md px-2 py-1.5 text-sm hover:bg-hover">
                <span className="absolute inset-y-0.5 left-0 rounded-md bg-accent-soft" style={{ width: `${(value / most) * 100}%` }} aria-hidden />
                <span className="relative min-w-0 flex-1 truncate">{container.name}</span>
                <span className="relative hidden max-w-[30%] truncate text-xs text-fg-faint sm:block">{container.node}</span>
                <span className="figures relative w-16 text-right">{by === 'cpu' ? percent(value) : bytes(value)}</span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
