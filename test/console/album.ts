/** Pictures of pages in each look: light, dark and on a phone in English, and in Japanese. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { withPalette } from './palette.ts'

/** What is below is cut off: a picture is looked at, not read. */
const MOST_HEIGHT = 900
export const LOOKS: Record<string, BrowserContextOptions & { locale: string }> = {
  light: { locale: 'en-GB', colorScheme: 'light', viewport: { width: 1200, height: 600 } },
  dark: { locale: 'en-GB', colorScheme: 'dark', viewport: { width: 1200, height: 600 } },
  phone: { locale: 'en-GB', colorScheme: 'light', viewport: { width: 390, height: 800 }, isMobile: true },
  ja: { locale: 'ja-JP', colorScheme: 'light', viewport: { width: 1200, height: 600 } },
}

export interface Album {
  /** @param prepare what is done on the page before the picture is taken */
  take(name: string, url: string, prepare?: (page: Page) => Promise<void>): Promise<void>
}

/** @param folder where `<name>-<look>.png` is written */
export async function openAlbum(browser: Browser, folder: string): Promise<Album> {
  mkdirSync(folder, { recursive: true })
  const pages = await Promise.all(
    Object.entries(LOOKS).map(async ([look, options]) => {
      const context = await browser.newContext({ timezoneId: 'Asia/Tokyo', ...options })
      return { look, page: await context.newPage(), width: options.viewport?.width ?? 0 }
    }),
  )
  return {
    async take(name, url, prepare) {
      for (const { look, page, width } of pages) {
        await page.goto(url)
        await prepare?.(page)
        const full = Number(await page.evaluate('document.documentElement.scrollHeight'))
        const tooWide = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'))
        if (tooWide > 0) throw new Error(`${name} (${look}) is ${tooWide} px too wide`)
        const clip = { x: 0, y: 0, width, height: Math.min(full, MOST_HEIGHT) }
        const picture = await page.screenshot({ fullPage: true, clip })
        writeFileSync(join(folder, `${name}-${look}.png`), withPalette(picture))
      }
      console.log(`${name}: ${Object.keys(LOOKS).join(', ')}`)
    },
  }
}
