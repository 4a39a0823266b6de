import { useCallback, useEffect, useRef, useState, useSyncExternalStore, type ReactNode } from 'react'
import { ArrowDown, CircleDot, CloudOff, Flag, LoaderCircle, Pause, ScrollText, SearchX, ShieldOff, Trash2, Unplug, type LucideIcon } from 'lucide-react'
import { cx } from '@/lib/cx'
import { Button, EmptyState, ErrorState, Notice, toast, useNow } from '@/ui'
import { plainText } from './ansi'
import type { Phase } from './follow'
import { LogRows, type LogRowsHandle } from './LogRows'
import type { Row } from './ring'
import { LogSession } from './session'
import { useLogSettings } from './settings'
import { useText } from './text'
import { NO_NARROWING, Toolbar, type Narrowing } from './Toolbar'
import { useRowList } from './useRowList'
import './logs.css'

interface Props {
  /** The log's route under `/api/v1`, e.g. `/containers/4f…/logs`. */
  path: string
  /** Names the file that is downloaded. */
  name: string
  /** An ended log is followed on when what writes it runs again. */
  running: boolean
  className?: string
}

/** A log: live, searched, and exact about what it does not show. */
export function LogView({ path, name, running, className }: Props) {
  const t = useText()
  const session = useSession(path, running)
  const version = useSyncExternalStore(session.subscribe, session.version)
  const { follow } = session
  const settings = useLogSettings()
  const now = useNow()
  const [narrowing, setNarrowing] = useState<Narrowing>(NO_NARROWING)
  const [following, setFollowing] = useState(true)
  const [seenLines, setSeenLines] = useState(0)
  const [current, setCurrent] = useState<number | null>(null)
  const [full, setFull] = useState(false)
  const rows = useRef<LogRowsHandle>(null)
  const { list, listKey, matcher, wrong, hits } = useRowList(follow.ring, version, narrowing)

  const setFollow = useCallback(
    (next: boolean) => {
      setFollowing((before) => {
        if (before && !next) setSeenLines(follow.lines)
        return next
      })
    },
    [follow],
  )

  const toHit = (step: 1 | -1) => {
    if (!hits || hits.size === 0) return
    let hit: number
    if (current === null) hit = step === 1 ? hits.first : hits.next - 1
    else {
      const at = hits.from(current)
      hit = step === 1 ? (hits.at(at) === current ? at + 1 : at) : at - 1
    }
    if (hit >= hits.next) hit = hits.first
    if (hit < hits.first) hit = hits.next - 1
    const number = hits.at(hit)
    if (number === undefined) return
    setCurrent(number)
    // The place in the list: the number itself unless rows are hidden.
    let low = list.first
    let high = list.next
    while (low < high) {
      const middle = (low + high) >> 1
      if ((list.at(middle)?.number ?? 0) < number) low = middle + 1
      else high = middle
    }
    rows.current?.toPlace(low)
  }

  const paused = follow.phase === 'paused'
  const canPause = !['ended', 'refused'].includes(follow.phase)
  useLogKeys({
    n: () => toHit(1),
    N: () => toHit(-1),
    f: () => setFollow(!following),
    End: () => setFollow(true),
    p: () => canPause && (paused ? session.again() : session.pause()),
    Escape: () => setFull(false),
  })

  const download = () => {
    const parts: string[] = []
    for (let place = list.first; place < list.next; place += 1) {
      const at = list.at(place)
      if (at) parts.push(rowText(at.row))
    }
    const url = URL.createObjectURL(new Blob([parts.join('')], { type: 'text/plain;charset=utf-8' }))
    const link = document.createElement('a')
    link.href = url
    link.download = `${name.replace(/[^\w.-]+/g, '_')}.log`
    link.click()
    setTimeout(() => URL.revokeObjectURL(url), 10_000)
  }

  const copy = (place: number) => {
    const row = list.at(place)?.row
    if (row?.kind === 'line') void navigator.clipboard.writeText(plainText(row.text)).then(() => toast('ok', t('lineCopied')))
  }

  if (follow.phase === 'refused') {
    return (
      <div className={cx('flex items-center justify-center overflow-hidden rounded-lg border bg-surface', className)}>
        <Refused session={session} />
      </div>
    )
  }
  const fresh = following ? 0 : follow.lines - seenLines
  return (
    <section
      aria-label={t('log')}
      data-phase={follow.phase}
      data-lines={follow.lines}
      className={cx('flex min-h-0 flex-col overflow-hidden bg-surface', full ? 'fixed inset-0 z-30' : cx('rounded-lg border', className))}
    >
      <Toolbar
        narrowing={narrowing}
        onNarrowing={(next) => {
          setNarrowing(next)
          setCurrent(null)
        }}
        wrong={wrong}
        hit={hits && current !== null ? hits.from(current) - hits.first + 1 : 0}
        hits={hits?.size ?? 0}
        onHit={toHit}
        settings={settings}
        paused={paused}
        canPause={canPause}
        onPause={() => (paused ? session.again() : session.pause())}
        onDownload={download}
        onClear={() => session.clear()}
        full={full}
        onFull={() => setFull(!full)}
        status={<PhaseMark phase={follow.phase} node={follow.awayNode} />}
      />
      {follow.phase === 'reconnecting' && (
        <Strip tone="warn" action={<Button size="small" onClick={() => session.again()}>{t('tryNow')}</Button>}>
          {t('reconnectNote')}
        </Strip>
      )}
      {paused && (
        <Strip tone="info" action={<Button size="small" onClick={() => session.again()}>{t('resume')}</Button>}>
          {t('pausedNote')}
        </Strip>
      )}
      {follow.ring.dropped > 0 && !following && <p className="border-b px-3 py-1 text-center text-xs text-fg-faint">{t('dropped', { n: follow.ring.dropped })}</p>}
      <div className="relative min-h-0 flex-1">
        <LogRows
          ref={rows}
          list={list}
          listKey={listKey}
          following={following}
          onFollowing={setFollow}
          wrap={settings.wrap}
          time={settings.time}
          now={settings.time === 'relative' ? now : dayOf(now)}
          matcher={matcher}
          current={current}
          label={t('log')}
          onCopy={copy}
        />
        {list.next === list.first && (
          <div className="absolute inset-0 flex items-center justify-center bg-surface">
            {follow.ring.size > 0 ? (
              <EmptyState compact icon={SearchX} title={t('noneShown')} action={<Button onClick={() => setNarrowing(NO_NARROWING)}>{t('clearFilters')}</Button>}>
                {t('noneShownHint', { n: follow.ring.size })}
              </EmptyState>
            ) : follow.phase === 'connecting' ? (
              <LoaderCircle className="size-5 animate-spin text-fg-faint" aria-label={t('connecting')} />
            ) : (
              <EmptyState compact icon={ScrollText} title={t(follow.phase === 'ended' ? 'emptyEnded' : 'empty')}>
                {t(follow.phase === 'ended' ? 'emptyEndedHint' : 'emptyHint')}
              </EmptyState>
            )}
          </div>
        )}
        {!following && list.next > list.first && (
          <Button look="primary" icon={ArrowDown} onClick={() => setFollow(true)} className="absolute bottom-4 left-1/2 -translate-x-1/2 animate-rise rounded-full shadow-float">
            {fresh > 0 ? t('newLines', { n: fresh }) : t('newest')}
          </Button>
        )}
      </div>
      {follow.phase === 'ended' && (
        <div className="flex items-center justify-center border-t p-2">
          <Button size="small" icon={ScrollText} onClick={() => session.again()}>
            {t('again')}
          </Button>
        </div>
      )}
    </section>
  )
}

function useSession(path: string, running: boolean): LogSession {
  const [session, setSession] = useState(() => ({ path, session: new LogSession(path) }))
  if (session.path !== path) setSession({ path, session: new LogSession(path) })
  const { session: one } = session
  useEffect(() => {
    one.start()
    return () => one.stop()
  }, [one])
  const before = useRef(running)
  useEffect(() => {
    if (running && !before.current && one.follow.phase === 'ended') one.again()
    before.current = running
  }, [running, one])
  return one
}

function useLogKeys(keys: Record<string, () => unknown>) {
  const latest = useRef(keys)
  useEffect(() => {
    latest.current = keys
  })
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      if (event.target instanceof Element && event.target.closest('input, textarea, select, [role=dialog], [role=menu], .xterm')) return
      const act = latest.current[event.key]
      if (!act) return
      if (event.key !== 'Escape') event.preventDefault()
      act()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [])
}

const MARKS: Record<Phase, { icon: LucideIcon; ink: string; spin?: boolean }> = {
  connecting: { icon: LoaderCircle, ink: 'text-fg-faint', spin: true },
  history: { icon: LoaderCircle, ink: 'text-fg-faint', spin: true },
  live: { icon: CircleDot, ink: 'text-ok' },
  waiting: { icon: CloudOff, ink: 'text-warn' },
  reconnecting: { icon: Unplug, ink: 'text-warn' },
  paused: { icon: Pause, ink: 'text-accent' },
  ended: { icon: Flag, ink: 'text-fg-faint' },
  refused: { icon: ShieldOff, ink: 'text-bad' },
}

function PhaseMark({ phase, node }: { phase: Phase; node: string }) {
  const t = useText()
  const { icon: Icon, ink, spin } = MARKS[phase]
  return (
    <span role="status" className="flex max-w-full items-center gap-1.5 text-xs whitespace-nowrap">
      <Icon className={cx('size-3.5 shrink-0', ink, spin && 'animate-spin')} aria-hidden />
      <span className="truncate">{phase === 'waiting' ? t('waiting', { node }) : t(phase)}</span>
    </span>
  )
}

function Strip({ tone, children, action }: { tone: 'warn' | 'info'; children: ReactNode; action: ReactNode }) {
  return (
    <Notice tone={tone} action={action} className="items-center rounded-none border-b py-1.5">
      {children}
    </Notice>
  )
}

function Refused({ session }: { session: LogSession }) {
  const t = useText()
  const { error } = session
  if (error?.code === 'owner_forbids')
    return (
      <EmptyState icon={ShieldOff} title={t('forbidden')}>
        {t('forbiddenHint')}
      </EmptyState>
    )
  if (error?.status === 404)
    return (
      <EmptyState icon={Trash2} title={t('gone')}>
        {t('goneHint')}
      </EmptyState>
    )
  return <ErrorState error={error} onRetry={() => session.again()} />
}

function rowText(row: Row): string {
  if (row.kind === 'line') return `${row.at} ${row.stderr ? 'stderr' : 'stdout'} ${plainText(row.text)}\n`
  if (row.kind === 'gap') return `--- gap: ${row.hole.exact ? '' : 'at least '}${row.hole.bytes} bytes, ${row.hole.why} ---\n`
  return `--- ${row.kind}: ${row.text} ---\n`
}

/** Rows are drawn again for the time only when the day changes. */
function dayOf(now: number): number {
  return now - (now % 3_600_000)
}
