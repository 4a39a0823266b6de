import { useEffect, useLayoutEffect, useRef, useState, type CSSProperties } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { cx } from '@/lib/cx'
import { languageTag, useDark, useLanguage } from '@/lib/preferences'
import { BYTE_STEPS, type Column } from './model'
import './charts.css'

export interface ChartLine {
  label: string
  /** `--chart-1` … `--chart-6` of the theme. */
  ink: string
  values: Column
  /** Filled to the ground. */
  fill?: boolean
  /** Thin and pale: a companion of another line, such as the highest beside the mean. */
  faint?: boolean
}

interface Props {
  /** Seconds since 1970, as long as every line. */
  at: number[]
  lines: readonly ChartLine[]
  /** The window that is drawn, whether or not there are points in all of it; seconds since 1970. */
  from: number
  to: number
  format: (value: number) => string
  /** Axis steps in powers of two. */
  binary?: boolean
  /** Whole numbers only. */
  whole?: boolean
  /** Height of the scale when all values are smaller. */
  floor: number
  /** A line across the chart, drawn when it is near enough to be worth the room. */
  limit?: { value: number; label: string } | null
  /** Charts of one key share their cursor. */
  sync: string
  label: string
  height?: number
}

interface Pointed {
  index: number
  left: number
}

/** Lines over time on a canvas. It follows its box, the theme and the language; a hole in the data is a hole in the line. */
export function Chart(props: Props) {
  const { at, lines, sync, label, height = 150 } = props
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const latest = useRef(props)
  const [pointed, setPointed] = useState<Pointed | null>(null)
  const tag = languageTag(useLanguage())
  const dark = useDark()
  // What uPlot cannot change later; a new shape is a new plot.
  const shape = lines.map((line) => `${line.ink}${line.fill === true ? 'f' : ''}${line.faint === true ? 'p' : ''}`).join() + tag

  useLayoutEffect(() => {
    latest.current = props
  })

  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    const made = new uPlot(options(element, latest, tag, sync, height, setPointed), data(latest.current), element)
    plot.current = made
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0 && element.clientWidth !== made.width) made.setSize({ width: element.clientWidth, height })
    })
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
      plot.current = null
    }
  }, [shape, tag, sync, height])

  useEffect(() => {
    plot.current?.setData(data(latest.current))
  })
  useEffect(() => {
    plot.current?.redraw(false)
  }, [dark])

  const index = pointed?.index
  const time = index === undefined ? undefined : at[index]
  return (
    <div className="relative">
      <div ref={box} role="img" aria-label={label} className="chart" style={{ height }} />
      {pointed && index !== undefined && time !== undefined && (
        <div
          className="pointer-events-none absolute top-1 z-10 rounded-md border bg-raised/95 px-2 py-1.5 text-xs shadow-float"
          style={beside(pointed.left, box.current?.clientWidth ?? 0)}
        >
          <div className="figures mb-0.5 whitespace-nowrap text-fg-faint">{moment(time, tag, props.to - props.from)}</div>
          {lines.map((line) => {
            const value = line.values[index]
            return (
              <div key={line.label} className="flex items-center gap-1.5 whitespace-nowrap">
                <span className={cx('h-0.5 w-2.5 rounded', line.faint && 'opacity-50')} style={{ background: `var(${line.ink})` }} />
                <span className="text-fg-soft">{line.label}</span>
                <span className="figures ml-auto pl-3 font-medium">{value === null || value === undefined ? '–' : props.format(value)}</span>
              </div>
            )
          })}
        </div>
      )}
    </div>
  )
}

/** The values stand beside the cursor, on the side with more room. */
function beside(left: number, width: number): CSSProperties {
  return left > width / 2 ? { right: width - left + 10 } : { left: left + 10 }
}

function data({ at, lines }: Props): uPlot.AlignedData {
  return [at, ...lines.map((line) => line.values)]
}

function css(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

/** `rgb(… / alpha)` of a colour of the theme. */
function pale(name: string, percent: number): string {
  return `color-mix(in srgb, ${css(name)} ${percent}%, transparent)`
}

const FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif'

function options(
  element: HTMLElement,
  latest: { current: Props },
  tag: string,
  sync: string,
  height: number,
  point: (pointed: Pointed | null) => void,
): uPlot.Options {
  const { lines } = latest.current
  const axis = { stroke: () => css('--fg-faint'), font: FONT, ticks: { show: false }, border: { show: false } }
  return {
    width: Math.max(50, element.clientWidth),
    height,
    padding: [8, 20, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false },
      sync: { key: sync, setSeries: false },
      points: { size: 6, width: 1.5 },
    },
    scales: {
      x: { time: true, range: () => [latest.current.from, latest.current.to] },
      y: {
        range: (_plot, _low, high) => {
          const { floor, limit } = latest.current
          const most = Number.isFinite(high) ? high : 0
          const worthIt = limit && limit.value > 0 && most >= limit.value * 0.3
          return [0, Math.max(floor, most * 1.12, worthIt ? limit.value * 1.08 : 0)]
        },
      },
    },
    axes: [
      {
        ...axis,
        size: 26,
        gap: 4,
        space: 64,
        grid: { show: false },
        values: (_plot, splits) => {
          const { from, to } = latest.current
          // A label at the very left would run into those of the other axis.
          return splits.map((at, i) => (at - from < (to - from) * 0.04 ? '' : tick(at, splits[i - 1], tag, to - from)))
        },
      },
      {
        ...axis,
        size: 66,
        gap: 6,
        space: 30,
        grid: { stroke: () => css('--line'), width: 1 },
        ...(latest.current.binary === true ? { incrs: BYTE_STEPS } : latest.current.whole === true ? { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000] } : {}),
        values: (_plot, splits) => splits.map((value) => latest.current.format(value)),
      },
    ],
    series: [
      {},
      ...lines.map((line): uPlot.Series => ({
        label: line.label,
        stroke: () => (line.faint === true ? pale(line.ink, 45) : css(line.ink)),
        width: line.faint === true ? 1 : 1.5,
        ...(line.fill === true ? { fill: () => pale(line.ink, 12) } : {}),
        points: { show: lonely },
        spanGaps: false,
      })),
    ],
    hooks: {
      setCursor: [
        (plot) => {
          const { idx, left } = plot.cursor
          point(idx === null || idx === undefined || left === undefined || left < 0 ? null : { index: idx, left: left + plot.bbox.left / devicePixelRatio })
        },
      ],
      draw: [
        (plot) => {
          const { limit } = latest.current
          if (!limit || limit.value > (plot.scales['y']?.max ?? 0)) return
          const { ctx, bbox } = plot
          const y = Math.round(plot.valToPos(limit.value, 'y', true))
          ctx.save()
          ctx.strokeStyle = css('--bad')
          ctx.fillStyle = css('--bad')
          ctx.lineWidth = devicePixelRatio
          ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio])
          ctx.beginPath()
          ctx.moveTo(bbox.left, y)
          ctx.lineTo(bbox.left + bbox.width, y)
          ctx.stroke()
          ctx.font = FONT.replace('11px', `${11 * devicePixelRatio}px`)
          ctx.textAlign = 'right'
          ctx.textBaseline = 'top'
          ctx.fillText(limit.label, bbox.left + bbox.width - 4 * devicePixelRatio, y + 3 * devicePixelRatio)
          ctx.restore()
        },
      ],
    },
  }
}

/** A point between two holes has no line to be seen by: it is drawn as a dot. */
function lonely(plot: uPlot, series: number): boolean {
  const column = plot.data[series]
  if (!column) return false
  let known = 0
  for (const value of column) {
    if (value === null || value === undefined) continue
    known += 1
    if (known > 1) return false
  }
  return known === 1
}

const DAY = 86_400

function tick(at: number, before: number | undefined, tag: string, span: number): string {
  const date = new Date(at * 1000)
  if (span > 2 * DAY) return new Intl.DateTimeFormat(tag, { month: 'short', day: 'numeric' }).format(date)
  const newDay = before !== undefined && new Date(before * 1000).getDate() !== date.getDate()
  if (newDay) return new Intl.DateTimeFormat(tag, { month: 'short', day: 'numeric' }).format(date)
  return new Intl.DateTimeFormat(tag, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...(span <= 300 ? { second: '2-digit' } : {}) }).format(date)
}

function moment(at: number, tag: string, span: number): string {
  return new Intl.DateTimeFormat(tag, {
    ...(span > DAY / 2 ? { month: 'short', day: 'numeric' } : {}),
    hour: '2-digit',
    minute: '2-digit',
    ...(span <= DAY ? { second: '2-digit' } : {}),
    hourCycle: 'h23',
  }).format(new Date(at * 1000))
}
