import { useEffect, useRef, useState, type ReactNode } from 'react'
import { CircleDot, CloudOff, ClipboardPaste, Copy, LoaderCircle, Maximize, Minimize, PowerOff, RotateCw, ShieldOff, SquareTerminal, X } from 'lucide-react'
import { cx } from '@/lib/cx'
import { bytes as bytesText } from '@/lib/bytes'
import { Button, EmptyState, Field, IconButton, Input, Notice, Select, toastError } from '@/ui'
import { exitReason, splitCommand, type Wish } from './frames'
import { Screen, type ScreenHandle } from './Screen'
import { ShellSession, type Ending } from './session'
import { useText } from './text'

interface Props {
  /** The route under `/api/v1`, e.g. `/containers/4f…/exec`. */
  path: string
  name: string
  node: string
  running: boolean
  /** Whether the node's agent is connected, and whether its owner allows shells. */
  here: boolean
  allowed: boolean
  className?: string
}

type Phase = { kind: 'choosing' } | { kind: 'opening' } | { kind: 'open' } | Ending

const FIRST: Wish = { shell: 'auto', command: '', user: '' }

/** A shell in a container: choose, use, and see how it ended. */
export function Shell({ path, name, node, running, here, allowed, className }: Props) {
  const t = useText()
  const [wish, setWish] = useState<Wish>(FIRST)
  const [phase, setPhase] = useState<Phase>({ kind: 'choosing' })
  const [full, setFull] = useState(false)
  const screen = useRef<ScreenHandle>(null)
  const session = useRef<ShellSession | null>(null)

  useEffect(() => () => session.current?.close(), [])

  const chosen = phase.kind !== 'choosing'
  const connect = () => {
    const current = screen.current
    if (!current) return
    session.current?.close()
    current.clear()
    setPhase({ kind: 'opening' })
    session.current = new ShellSession(path, wish, current.size(), {
      onStarted: () => {
        setPhase({ kind: 'open' })
        current.focus()
      },
      onOutput: (bytes) => current.write(bytes),
      onEnd: (ending) => setPhase(ending),
    })
  }
  // The screen exists one render after it was chosen.
  const wanted = useRef(false)
  useEffect(() => {
    if (!wanted.current || !chosen) return
    wanted.current = false
    connect()
  })

  if (!chosen) {
    const box = (children: ReactNode) => <div className={cx('flex items-center justify-center overflow-auto rounded-lg border bg-surface', className)}>{children}</div>
    if (!allowed)
      return box(
        <EmptyState icon={ShieldOff} title={t('forbidden', { node })}>
          {t('forbiddenHint')}
        </EmptyState>,
      )
    if (!here)
      return box(
        <EmptyState icon={CloudOff} title={t('away', { node })}>
          {t('awayHint')}
        </EmptyState>,
      )
    if (!running)
      return box(
        <EmptyState icon={PowerOff} title={t('notRunning')}>
          {t('notRunningHint')}
        </EmptyState>,
      )
    return box(
      <Choice
        name={name}
        wish={wish}
        onWish={setWish}
        onOpen={() => {
          wanted.current = true
          setPhase({ kind: 'opening' })
        }}
      />,
    )
  }

  const live = phase.kind === 'open' || phase.kind === 'opening'
  return (
    <section aria-label={t('shell')} data-phase={phase.kind} className={cx('flex min-h-0 flex-col overflow-hidden bg-surface', full ? 'fixed inset-0 z-30' : cx('rounded-lg border', className))}>
      <div className="flex items-center gap-1 border-b px-2 py-1.5">
        <div className="min-w-0 flex-1 px-1 text-xs">
          <PhaseText phase={phase} />
        </div>
        <IconButton
          icon={Copy}
          label={t('copy')}
          onClick={() => {
            const text = screen.current?.selection() ?? ''
            if (text !== '') void navigator.clipboard.writeText(text).catch(toastError)
            screen.current?.focus()
          }}
        />
        <IconButton
          icon={ClipboardPaste}
          label={t('paste')}
          disabled={phase.kind !== 'open'}
          onClick={() => {
            navigator.clipboard.readText().then((text) => screen.current?.paste(text), toastError)
            screen.current?.focus()
          }}
        />
        <IconButton icon={full ? Minimize : Maximize} label={t(full ? 'leaveFullscreen' : 'fullscreen')} onClick={() => setFull(!full)} />
        <IconButton
          icon={X}
          label={t('close')}
          onClick={() => {
            session.current?.close()
            session.current = null
            setFull(false)
            setPhase({ kind: 'choosing' })
          }}
        />
      </div>
      <div className="min-h-0 flex-1">
        <Screen
          ref={screen}
          onKeys={(bytes) => session.current?.send(bytes)}
          onResize={(size) => session.current?.resize(size)}
          onSkipped={() => screen.current?.say(t('skipped', { bytes: bytesText(screen.current.takeSkipped()) }))}
        />
      </div>
      {phase.kind === 'open' && <TouchKeys onKeys={(text) => session.current?.send(new TextEncoder().encode(text))} />}
      {!live && <Ended phase={phase} onAgain={connect} onOther={() => setPhase({ kind: 'choosing' })} />}
    </section>
  )
}

function Choice({ name, wish, onWish, onOpen }: { name: string; wish: Wish; onWish: (wish: Wish) => void; onOpen: () => void }) {
  const t = useText()
  const ready = wish.shell !== 'custom' || splitCommand(wish.command).length > 0
  return (
    <form
      className="grid w-full max-w-lg gap-4 px-5 py-8"
      onSubmit={(event) => {
        event.preventDefault()
        if (ready) onOpen()
      }}
    >
      <div className="grid justify-items-center gap-1 text-center">
        <span className="mb-2 flex size-10 items-center justify-center rounded-lg border text-fg-faint">
          <SquareTerminal className="size-5" aria-hidden />
        </span>
        <h2 className="font-medium [overflow-wrap:anywhere]">{t('title', { name })}</h2>
        <p className="text-sm text-fg-faint">{t('explain')}</p>
      </div>
      <div className="grid items-start gap-3 sm:grid-cols-[3fr_2fr]">
        <Field label={t('which')}>
          {(wiring) => (
            <Select {...wiring} className="w-full" value={wish.shell} onChange={(event) => onWish({ ...wish, shell: event.target.value as Wish['shell'] })}>
              <option value="auto">{t('auto')}</option>
              <option value="bash">bash</option>
              <option value="sh">sh</option>
              <option value="custom">{t('custom')}</option>
            </Select>
          )}
        </Field>
        <Field label={t('user')} hint={t('userHint')}>
          {(wiring) => <Input {...wiring} value={wish.user} spellCheck={false} autoCapitalize="off" autoComplete="off" onChange={(event) => onWish({ ...wish, user: event.target.value })} />}
        </Field>
      </div>
      {wish.shell === 'custom' && (
        <Field label={t('command')} hint={t('commandHint')}>
          {(wiring) => (
            <Input
              {...wiring}
              className="font-mono"
              placeholder="psql -U postgres"
              value={wish.command}
              spellCheck={false}
              autoCapitalize="off"
              autoComplete="off"
              autoFocus
              onChange={(event) => onWish({ ...wish, command: event.target.value })}
            />
          )}
        </Field>
      )}
      <Button type="submit" look="primary" icon={SquareTerminal} disabled={!ready} autoFocus={wish.shell !== 'custom'}>
        {t('open')}
      </Button>
    </form>
  )
}

function PhaseText({ phase }: { phase: Phase }) {
  const t = useText()
  if (phase.kind === 'opening')
    return (
      <span role="status" className="inline-flex items-center gap-1.5">
        <LoaderCircle className="size-3.5 animate-spin text-fg-faint" aria-hidden />
        {t('opening')}
      </span>
    )
  if (phase.kind === 'open')
    return (
      <span role="status" className="inline-flex items-center gap-1.5">
        <CircleDot className="size-3.5 text-ok" aria-hidden />
        {t('connected')}
      </span>
    )
  return <span className="text-fg-faint">{t('exitedDone')}</span>
}

function Ended({ phase, onAgain, onOther }: { phase: Phase; onAgain: () => void; onOther: () => void }) {
  const t = useText()
  const actions = (
    <span className="flex shrink-0 gap-2 max-sm:ml-auto">
      <Button size="small" look="quiet" onClick={onOther}>
        {t('other')}
      </Button>
      <Button size="small" look="primary" icon={RotateCw} onClick={onAgain} autoFocus>
        {t('reconnect')}
      </Button>
    </span>
  )
  const strip = 'items-center rounded-none border-t max-sm:[&>div]:basis-[calc(100%-3rem)]'
  if (phase.kind === 'exited') {
    const reason = exitReason(phase.code)
    return (
      <Notice
        tone={reason === 'done' ? 'note' : reason === 'interrupted' ? 'warn' : 'bad'}
        className={strip}
        action={actions}
        title={reason === 'done' || reason === 'failed' ? t('exited', { code: String(phase.code) }) : t(`exit_${reason}`, { code: String(phase.code) })}
      />
    )
  }
  if (phase.kind === 'failed')
    return (
      <Notice tone="bad" className={strip} action={actions} title={t('failed')}>
        {[phase.problem.detail || phase.problem.title, phase.problem.hint].filter((part) => part !== '').join(' ')}
      </Notice>
    )
  if (phase.kind === 'lost')
    return (
      <Notice tone="warn" className={strip} action={actions}>
        {t('lost')}
      </Notice>
    )
  return null
}

const TOUCH: [label: string, sends: string][] = [
  ['Esc', '\x1b'],
  ['Tab', '\t'],
  ['Ctrl-C', '\x03'],
  ['Ctrl-D', '\x04'],
  ['↑', '\x1b[A'],
  ['↓', '\x1b[B'],
  ['←', '\x1b[D'],
  ['→', '\x1b[C'],
]

/** Keys that the keyboard of a phone does not have. */
function TouchKeys({ onKeys }: { onKeys: (text: string) => void }) {
  const t = useText()
  return (
    <div role="group" aria-label={t('keys')} className="flex gap-1 overflow-x-auto border-t p-1.5 md:hidden">
      {TOUCH.map(([label, sends]) => (
        <button
          key={label}
          type="button"
          className="h-8 min-w-9 shrink-0 rounded-md border bg-sunken px-2 font-mono text-xs active:bg-hover"
          // The keyboard stays open: the terminal keeps the focus.
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => onKeys(sends)}
        >
          {label}
        </button>
      ))}
    </div>
  )
}
