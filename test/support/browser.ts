/** A real browser for tests of pages: Debian's Chromium. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, chromium, type Page } from 'playwright-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
/** It runs as root in containers, and must not look for anything outside of this machine. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The first draws no windows, and so takes a third less of the processors. */
const PROGRAMS = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'] as const

export function openBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH ?? PROGRAMS.find((path) => existsSync(path)) ?? PROGRAMS[1]
  return chromium.launch({ executablePath, args: ARGUMENTS })
}

/**
 * @param rules all by default
 * @returns what stands in the way of people with a disability, as axe finds it: the rule and the element
 */
export async function accessibilityProblems(page: Page, rules?: readonly string[]): Promise<string[]> {
  // Through the debugger, since the page's own policy allows no script but its own.
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
