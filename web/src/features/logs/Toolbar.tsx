import type { ReactNode } from 'react'
import {
  CaseSensitive,
  ChevronDown,
  ChevronUp,
  Clock,
  Download,
  Eraser,
  Filter,
  ListFilter,
  Maximize,
  Minimize,
  Pause,
  Play,
  Regex,
  WrapText,
  type LucideIcon,
} from 'lucide-react'
import { cx } from '@/lib/cx'
import { FilterInput, IconButton, Menu, MenuChoice, MenuLine } from '@/ui'
import type { Query } from './search'
import { setLogSettings, type LogSettings } from './settings'
import { useText } from './text'
import { TIME_STYLES } from './time'

export type LevelFilter = 'all' | 'warn' | 'error'
export type SourceFilter = 'all' | 'stdout' | 'stderr'

export interface Narrowing extends Query {
  only: boolean
  level: LevelFilter
  source: SourceFilter
}

export const NO_NARROWING: Narrowing = { text: '', regex: false, matchCase: false, only: false, level: 'all', source: 'all' }

interface Props {
  narrowing: Narrowing
  onNarrowing: (next: Narrowing) => void
  wrong: string | null
  /** Where the search stands, from 1; 0 is nowhere yet. */
  hit: number
  hits: number
  onHit: (step: 1 | -1) => void
  settings: LogSettings
  paused: boolean
  canPause: boolean
  onPause: () => void
  onDownload: () => void
  onClear: () => void
  full: boolean
  onFull: () => void
  status: ReactNode
}

/** What can be done with a log. On a phone it is two rows. */
export function Toolbar(props: Props) {
  const { narrowing, onNarrowing, wrong, hit, hits, onHit, settings } = props
  const t = useText()
  const set = (change: Partial<Narrowing>) => onNarrowing({ ...narrowing, ...change })
  const searching = narrowing.text !== ''
  return (
    <div className="flex flex-wrap items-center gap-x-1 gap-y-1.5 border-b px-2 py-1.5">
      <div className="flex min-w-0 flex-1 basis-72 items-center gap-0.5 max-sm:flex-wrap">
        <FilterInput value={narrowing.text} onChange={(text) => set({ text })} placeholder={t('search')} className="min-w-28 flex-1 max-sm:basis-full md:max-w-80" />
        <span className={cx('inline-flex gap-0.5', !searching && 'max-sm:hidden')}>
        <Toggle icon={CaseSensitive} label={t('matchCase')} on={narrowing.matchCase} onToggle={(matchCase) => set({ matchCase })} />
        <Toggle icon={Regex} label={t('regex')} on={narrowing.regex} onToggle={(regex) => set({ regex })} />
        <Toggle icon={Filter} label={t('onlyMatching')} on={narrowing.only} onToggle={(only) => set({ only })} />
        </span>
        {searching && (
          <>
            <span role="status" className={cx('figures min-w-0 truncate px-1.5 text-xs whitespace-nowrap', wrong !== null ? 'text-bad' : 'text-fg-faint')} title={wrong ?? undefined}>
              {wrong !== null ? t('wrongRegex', { why: wrong }) : hits === 0 ? t('noMatch') : hit === 0 ? t('matches', { n: hits }) : t('matchOf', { i: hit, n: hits })}
            </span>
            <IconButton size="small" icon={ChevronUp} label={t('previous')} disabled={hits === 0} onClick={() => onHit(-1)} />
            <IconButton size="small" icon={ChevronDown} label={t('next')} disabled={hits === 0} onClick={() => onHit(1)} />
          </>
        )}
      </div>
      <div className="flex min-w-0 items-center gap-0.5 max-sm:w-full">
        <div className="min-w-0 flex-1 px-2">{props.status}</div>
        <Menu
          trigger={<IconButton icon={ListFilter} label={t('show')} className={cx((narrowing.level !== 'all' || narrowing.source !== 'all') && 'bg-accent-soft text-accent')} />}
        >
          <MenuChoice
            label={t('levels')}
            value={narrowing.level}
            onChange={(level) => set({ level })}
            options={[
              { value: 'all', label: t('levelAll') },
              { value: 'warn', label: t('levelWarn') },
              { value: 'error', label: t('levelError') },
            ]}
          />
          <MenuLine />
          <MenuChoice
            label={t('source')}
            value={narrowing.source}
            onChange={(source) => set({ source })}
            options={[
              { value: 'all', label: t('sourceAll') },
              { value: 'stdout', label: t('stdout') },
              { value: 'stderr', label: t('stderr') },
            ]}
          />
        </Menu>
        <Menu trigger={<IconButton icon={Clock} label={t('time')} />}>
          <MenuChoice
            label={t('time')}
            value={settings.time}
            onChange={(time) => setLogSettings({ time })}
            options={TIME_STYLES.map((value) => ({ value, label: t(`time_${value}`) }))}
          />
        </Menu>
        <Toggle icon={WrapText} label={t('wrap')} on={settings.wrap} onToggle={(wrap) => setLogSettings({ wrap })} />
        <Toggle icon={props.paused ? Play : Pause} label={t(props.paused ? 'resume' : 'pause')} on={props.paused} disabled={!props.canPause} onToggle={props.onPause} />
        <IconButton icon={Download} label={t('download')} onClick={props.onDownload} />
        <IconButton icon={Eraser} label={t('clear')} onClick={props.onClear} className="max-sm:hidden" />
        <IconButton icon={props.full ? Minimize : Maximize} label={t(props.full ? 'leaveFullscreen' : 'fullscreen')} onClick={props.onFull} />
      </div>
    </div>
  )
}

function Toggle({ icon, label, on, onToggle, disabled = false }: { icon: LucideIcon; label: string; on: boolean; onToggle: (on: boolean) => void; disabled?: boolean }) {
  return <IconButton icon={icon} label={label} aria-pressed={on} disabled={disabled} onClick={() => onToggle(!on)} className={cx(on && 'bg-accent-soft text-accent hover:bg-accent-soft hover:text-accent')} />
}
