import { expect, type Page } from '@playwright/test'
import { paleTexts } from './contrast'

/** Everything a page must look finished in. */
export interface Look {
  width: 'wide' | 'narrow'
  theme: 'light' | 'dark'
  language: 'en' | 'zh'
}

export const VIEWPORTS = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } } as const

export const LOOKS: readonly Look[] = (['wide', 'narrow'] as const).flatMap((width) =>
  (['light', 'dark'] as const).flatMap((theme) => (['en', 'zh'] as const).map((language) => ({ width, theme, language }))),
)

/** What a picture is called: `nodes-narrow-dark-zh`. */
export function nameOf(page: string, { width, theme, language }: Look): string {
  return `${page}-${width}-${theme}-${language}`
}

const ONLY = process.env['SHOTS']

/** SHOTS=regular-expression narrows a run to some pictures. */
export function isWanted(name: string): boolean {
  return ONLY === undefined || new RegExp(ONLY).test(name)
}

/** Takes the picture of a whole page, and makes sure that nothing of it stands outside of the window or is too pale to be read. */
export async function picture(page: Page, name: string): Promise<void> {
  // As tall as the page, so that bars fixed to the window stand where they belong.
  const height = await page.evaluate(() => document.documentElement.scrollHeight)
  const viewport = page.viewportSize()
  if (viewport && height > viewport.height) await page.setViewportSize({ width: viewport.width, height })
  await page.screenshot({ path: `test-results/shots/${name}.png`, fullPage: true })
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  expect(overflow, 'the page scrolls sideways').toBeLessThanOrEqual(0)
  expect(await paleTexts(page), 'text is too pale').toEqual([])
}
