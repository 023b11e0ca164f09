/** A real browser for tests of pages: Debian's Chromium. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, chromium, type Page } from 'playwright-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
/** Chromium may run as root in containers, and must not connect to other machines. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Programs in the order of preference. The first one draws no windows, which saves a third of the processor time. */
const PROGRAMS = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'] as const

export function openBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH ?? PROGRAMS.find((path) => existsSync(path)) ?? PROGRAMS[1]
  return chromium.launch({ executablePath, args: ARGUMENTS })
}

/**
 * A browser for pictures of pages in Japanese.
 *
 * @throws if no font has Japanese characters, so that pictures would show boxes in their place
 */
export async function openCamera(): Promise<Browser> {
  const browser = await openBrowser()
  const page = await browser.newPage()
  // Characters that no font has are all drawn as the same box.
  const [one, other] = [await pictureOf(page, '花'), await pictureOf(page, '子')]
  await page.close()
  if (!one.equals(other)) return browser
  await browser.close()
  throw new Error('No font has Japanese characters. Install one, such as fonts-noto-cjk of Debian.')
}

async function pictureOf(page: Page, text: string): Promise<Buffer> {
  await page.setContent(`<p lang="ja">${text}</p>`)
  return await page.locator('p').screenshot()
}

/**
 * @param rules ids of axe's rules; by default all
 * @returns the accessibility problems that axe finds, each with its rule and element
 */
export async function accessibilityProblems(page: Page, rules?: readonly string[]): Promise<string[]> {
  // The script is injected through the debugger, because the page's policy only allows the page's own scripts.
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(AXE)
  const violations = await page.evaluate(
    async (runOnly) => {
      const { axe } = window as unknown as { axe: { run(options: object): Promise<{ violations: Violation[] }> } }
      return (await axe.run(runOnly ? { runOnly } : {})).violations
    },
    rules && [...rules],
  )
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}

interface Violation {
  id: string
  nodes: { html: string }[]
}

declare const window: unknown
