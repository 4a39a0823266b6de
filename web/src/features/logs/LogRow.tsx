import { memo } from 'react'
import { CloudOff, Copy, Flag, Plug, Scissors, type LucideIcon } from 'lucide-react'
import { bytes } from '@/lib/bytes'
import { cx } from '@/lib/cx'
import type { Style } from './ansi'
import { plainText } from './ansi'
import { levelOf } from './levels'
import { paint } from './paint'
import type { GapRow, LineRow, NoteRow, Row } from './ring'
import { reasonOf } from './reasons'
import type { Matcher } from './search'
import { useText } from './text'
import { fullTime, timeText, type TimeStyle } from './time'

export interface RowProps {
  row: Row
  /** Place in the shown list, written to the element for measuring and copying. */
  index: number
  time: TimeStyle
  now: number
  matcher: Matcher | null
  current: boolean
}

/** One row of a log. What the container wrote only ever becomes text nodes. */
export const LogRow = memo(function LogRow(props: RowProps) {
  const { row } = props
  if (row.kind === 'line') return <Line {...props} row={row} />
  return <Note row={row} index={props.index} time={props.time} now={props.now} />
})

/** Room for the widest text of a style, so that lines stand in columns. */
const TIME_WIDTH: Record<TimeStyle, string> = { local: 'w-[14ch] max-sm:w-[13ch]', utc: 'w-[15ch] max-sm:w-[14ch]', relative: 'w-[9ch]', off: 'hidden' }

function Line({ row, index, time, now, matcher, current }: RowProps & { row: LineRow }) {
  const t = useText()
  const level = levelOf(plainText(row.text))
  return (
    <div className="log-row" data-index={index} data-level={level ?? undefined} data-current={current || undefined}>
      {time !== 'off' && (
        <time dateTime={row.at} title={fullTime(row.at)} className={cx('shrink-0 text-fg-faint select-none', TIME_WIDTH[time])}>
          {timeText(row.at, time, now)}
        </time>
      )}
      <span className="w-[4ch] shrink-0 text-2xs text-warn select-none" title={row.stderr ? t('stderr') : undefined} style={{ lineHeight: '20px' }}>
        {row.stderr ? 'err' : ''}
      </span>
      <span className="log-text" dir="ltr">
        {paint(row.text, matcher).map((piece, i) => {
          const name = cx(
            piece.style && styleClass(piece.style),
            piece.escape && 'log-escape',
            piece.word && `log-word-${piece.word}`,
            piece.hit && 'log-hit',
          )
          return name === '' ? (
            piece.text
          ) : (
            <span key={i} className={name}>
              {piece.text}
            </span>
          )
        })}
        {row.cut && <span className="log-escape ml-2 px-1">{t('cut')}</span>}
      </span>
      <button type="button" className="log-copy" data-copy={index} aria-label={t('copyLine')} title={t('copyLine')} tabIndex={-1}>
        <Copy className="size-3.5" aria-hidden />
      </button>
    </div>
  )
}

function styleClass(style: Style): string {
  const fg = style.inverse ? (style.bg ?? 15) : style.fg
  const bg = style.inverse ? (style.fg ?? 7) : style.bg
  return cx(
    fg !== null && `log-fg-${fg}`,
    bg !== null && `log-bg-${bg}`,
    style.bold && 'log-bold',
    style.dim && 'log-dim',
    style.italic && 'log-italic',
    style.underline && 'log-underline',
    style.strike && 'log-strike',
  )
}

const ICONS: Record<Exclude<Row['kind'], 'line'>, LucideIcon> = { gap: Scissors, waiting: CloudOff, resumed: Plug, end: Flag }
const INKS: Record<Exclude<Row['kind'], 'line'>, string> = {
  gap: 'border-bad/40 text-bad',
  waiting: 'border-warn/40 text-warn',
  resumed: 'border-ok/40 text-ok',
  end: 'border-line-strong text-fg-faint',
}

/** What happened to the log itself, between its lines. */
function Note({ row, index, time, now }: { row: GapRow | NoteRow; index: number; time: TimeStyle; now: number }) {
  const t = useText()
  const Icon = ICONS[row.kind]
  return (
    <div data-index={index} data-note={row.kind} className="sticky left-0 flex min-h-8 max-w-[calc(100cqw-1px)] items-center gap-3 px-3 py-1.5 font-sans text-xs">
      <span className={cx('h-0 min-w-4 flex-1 border-t border-dashed', INKS[row.kind])} />
      <span className={cx('inline-flex min-w-0 items-center gap-1.5', INKS[row.kind])}>
        <Icon className="size-3.5 shrink-0" aria-hidden />
        <span className="[overflow-wrap:anywhere]">{noteText()}</span>
      </span>
      <span className={cx('h-0 min-w-4 flex-1 border-t border-dashed', INKS[row.kind])} />
    </div>
  )

  function why(said: string): string {
    const known = reasonOf(said)
    return known === null ? said : t(known)
  }

  function noteText(): string {
    switch (row.kind) {
      case 'waiting':
        return t('rowWaiting', { node: row.text })
      case 'resumed':
        return t('rowResumed', { node: row.text })
      case 'end':
        return row.text === '' ? t('rowEndPlain') : t('rowEnd', { why: why(row.text) })
      case 'gap': {
        const { hole } = row
        const style = time === 'utc' ? 'utc' : 'local'
        const after = hole.after === null ? null : timeText(hole.after, style, now)
        const before = hole.before === null ? null : timeText(hole.before, style, now)
        const what = hole.bytes === 0 ? t('gapUnknown') : t(hole.exact ? 'gapExact' : 'gapAtLeast', { bytes: bytes(hole.bytes) })
        const where =
          after !== null && before !== null
            ? t('gapBetween', { after, before })
            : after !== null
              ? t('gapAfter', { after })
              : before !== null
                ? t('gapBefore', { before })
                : ''
        return [what, where, hole.why === '' ? '' : t('gapWhy', { why: why(hole.why) })].filter((part) => part !== '').join(' · ')
      }
    }
  }
}
