import { useEffect, useImperativeHandle, useRef, type Ref } from 'react'
import { FitAddon } from '@xterm/addon-fit'
import { Terminal, type ITheme } from '@xterm/xterm'
import '@xterm/xterm/css/xterm.css'
import { useDark } from '@/lib/preferences'
import type { Size } from './frames'
import { allowSpanStyles } from './strict'
import './terminal.css'

export interface ScreenHandle {
  write: (bytes: Uint8Array) => void
  /** A line of ours, set apart from what the container writes. */
  say: (text: string) => void
  clear: () => void
  focus: () => void
  size: () => Size
  selection: () => string
  paste: (text: string) => void
  /** Output that came faster than it could be drawn and was left out, in bytes; counted from the last call. */
  takeSkipped: () => number
}

interface Props {
  onKeys: (bytes: Uint8Array) => void
  onResize: (size: Size) => void
  /** Called when output was left out and the screen has caught up. */
  onSkipped: () => void
  ref: Ref<ScreenHandle>
}

allowSpanStyles()

/** Output waiting to be drawn (bytes). More is left out and said, or a wild `yes` would fill the memory of the tab. */
const WAITING_MAX = 8 * 1024 * 1024
/** A window is being dragged: the size is sent when it rests this long (ms). */
const REST = 80

/** xterm.js: it draws, it takes keys, it knows nothing of the wire. */
export function Screen({ onKeys, onResize, onSkipped, ref }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const terminal = useRef<Terminal | null>(null)
  const waiting = useRef({ bytes: 0, skipped: 0 })
  const act = useRef({ onKeys, onResize, onSkipped })
  const dark = useDark()

  useEffect(() => {
    act.current = { onKeys, onResize, onSkipped }
  })

  useEffect(() => {
    const element = box.current
    if (!element) return
    const made = new Terminal({
      fontFamily: css('--font-mono'),
      fontSize: 13,
      lineHeight: 1.2,
      cursorBlink: true,
      scrollback: 10_000,
      theme: theme(),
      minimumContrastRatio: 4.5,
      macOptionIsMeta: true,
      // What runs in the container may not make links of ours.
      linkHandler: null,
    })
    made.parser.registerOscHandler(8, () => true)
    const fit = new FitAddon()
    made.loadAddon(fit)
    made.open(element)
    terminal.current = made
    made.attachCustomKeyEventHandler((event) => {
      if (event.type !== 'keydown') return true
      const key = event.key.toLowerCase()
      // The browser pastes; xterm would send Ctrl-V.
      if ((event.ctrlKey || event.metaKey) && key === 'v') return false
      if (event.ctrlKey && event.shiftKey && key === 'c') {
        event.preventDefault()
        const text = made.getSelection()
        if (text !== '') void navigator.clipboard.writeText(text)
        return false
      }
      return true
    })
    const encoder = new TextEncoder()
    const subscriptions = [
      made.onData((text) => act.current.onKeys(encoder.encode(text))),
      made.onBinary((text) => act.current.onKeys(Uint8Array.from(text, (char) => char.charCodeAt(0)))),
    ]
    let timer: ReturnType<typeof setTimeout> | null = null
    const measure = () => {
      // A hidden terminal has no size; it keeps its last one.
      if (element.clientWidth === 0 || element.clientHeight === 0) return
      fit.fit()
    }
    subscriptions.push(
      made.onResize(({ cols, rows }) => {
        if (timer) clearTimeout(timer)
        timer = setTimeout(() => act.current.onResize({ columns: cols, rows }), REST)
      }),
    )
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => {
      observer.disconnect()
      if (timer) clearTimeout(timer)
      for (const one of subscriptions) one.dispose()
      made.dispose()
      terminal.current = null
    }
  }, [])

  useEffect(() => {
    if (terminal.current) terminal.current.options.theme = theme()
  }, [dark])

  useImperativeHandle(ref, () => ({
    write: (bytes) => {
      const state = waiting.current
      if (state.bytes > WAITING_MAX) {
        state.skipped += bytes.length
        return
      }
      state.bytes += bytes.length
      terminal.current?.write(bytes, () => {
        state.bytes -= bytes.length
        if (state.bytes === 0 && state.skipped > 0) act.current.onSkipped()
      })
    },
    say: (text) => terminal.current?.write(`\r\n\x1b[0;2m── ${text.replace(/[^\P{C}]/gu, '')} ──\x1b[0m\r\n`),
    clear: () => terminal.current?.reset(),
    focus: () => terminal.current?.focus(),
    size: () => ({ columns: terminal.current?.cols ?? 80, rows: terminal.current?.rows ?? 24 }),
    selection: () => terminal.current?.getSelection() ?? '',
    paste: (text) => terminal.current?.paste(text),
    takeSkipped: () => {
      const { skipped } = waiting.current
      waiting.current.skipped = 0
      return skipped
    },
  }))

  return <div ref={box} className="terminal-screen h-full min-h-0" />
}

function css(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

const NAMES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const
const BRIGHT = ['brightBlack', 'brightRed', 'brightGreen', 'brightYellow', 'brightBlue', 'brightMagenta', 'brightCyan', 'brightWhite'] as const

function theme(): ITheme {
  const colours: ITheme = {
    background: css('--surface'),
    foreground: css('--fg'),
    cursor: css('--accent'),
    cursorAccent: css('--surface'),
    selectionBackground: `${css('--accent')}47`,
    scrollbarSliderBackground: `${css('--fg-faint')}40`,
    scrollbarSliderHoverBackground: `${css('--fg-faint')}66`,
    scrollbarSliderActiveBackground: `${css('--fg-faint')}80`,
  }
  // Black is a ground more often than an ink: it stays dark in the dark theme, and as an ink xterm lifts it to be read.
  const black = css('--sunken')
  NAMES.forEach((name, i) => (colours[name] = css(`--ansi-${i}`)))
  BRIGHT.forEach((name, i) => (colours[name] = css(`--ansi-${i + 8}`)))
  if (document.documentElement.dataset['theme'] === 'dark') colours.black = black
  return colours
}
