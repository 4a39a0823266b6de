import type { Page } from '@playwright/test'

/**
 * Text that is too pale for its ground: less than 4.5:1, or 3:1 where it is large (WCAG AA). What is disabled, hidden or behind
 * a dialog is left out, and so are the terminal, which minds its own contrast, and drawings.
 */
export function paleTexts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    type Colour = [red: number, green: number, blue: number, alpha: number]
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
    const known = new Map<string, Colour>()
    const read = (css: string): Colour => {
      const found = known.get(css)
      if (found) return found
      let colour: Colour = [0, 0, 0, 0]
      if (canvas) {
        canvas.canvas.width = canvas.canvas.height = 1
        canvas.fillStyle = css
        canvas.fillRect(0, 0, 1, 1)
        const [red = 0, green = 0, blue = 0, alpha = 0] = canvas.getImageData(0, 0, 1, 1).data
        colour = [red, green, blue, alpha / 255]
      }
      known.set(css, colour)
      return colour
    }
    const over = (top: Colour, under: Colour): Colour => {
      const mix = (i: 0 | 1 | 2) => top[i] * top[3] + under[i] * (1 - top[3])
      return [mix(0), mix(1), mix(2), 1]
    }
    const light = ([red, green, blue]: Colour) => {
      const part = (value: number) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4)
      return 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue)
    }
    const root = document.querySelector('[role=dialog]') ?? document.body
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
    const pale = new Set<string>()
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.textContent?.trim() ?? ''
      const element = node.parentElement
      if (text === '' || !element?.checkVisibility({ visibilityProperty: true })) continue
      if (element.closest('.xterm, .sr-only, :disabled, [aria-disabled=true], script, style, option')) continue
      const style = getComputedStyle(element)
      const layers: Colour[] = []
      let opacity = 1
      for (let at: Element | null = element; at; at = at.parentElement) {
        const its = getComputedStyle(at)
        opacity *= Number(its.opacity)
        layers.push(read(its.backgroundColor))
      }
      const ground = layers.reduceRight<Colour>((under, top) => over(top, under), [255, 255, 255, 1])
      const ink = read(style.color)
      const shown = over([ink[0], ink[1], ink[2], ink[3] * opacity], ground)
      const [high, low] = [light(shown), light(ground)].sort((a, b) => b - a)
      const ratio = ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05)
      const size = parseFloat(style.fontSize)
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700)
      if (ratio < (large ? 3 : 4.5)) pale.add(`${ratio.toFixed(2)}:1 ${text.slice(0, 60)} (${element.className})`)
    }
    return [...pale]
  })
}
