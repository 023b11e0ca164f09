/** Each state of a download on the sample shop's page: how it looks, how it is announced, and how it is used by keyboard. */
import type { BrowserContextOptions, Page } from 'playwright-core'
import { accessibilityProblems } from '../support/browser.ts'
import { downloaded, fileLinks, holdTheSlot, ORDERS, open, rowsIn, signIn, withoutCustomers } from './served-shop.ts'

type Host = 'carryout-download' | 'carryout-downloads'

interface Look {
  locale: string
  email: string
  options?: BrowserContextOptions
  /** Page on which the waiting download is cancelled. */
  cancelAt: Host
  told: Record<'waiting' | 'cancelled' | 'failed' | 'ready', string>
  offline: string
  rows: string
}

const LOOKS: Look[] = [
  {
    locale: 'en',
    email: 'noah@example.com',
    cancelAt: 'carryout-download',
    told: { waiting: 'Waiting', cancelled: 'Cancelled', failed: 'Failed', ready: 'Ready' },
    offline: 'Offline. Trying again…',
    rows: '120 of about 300 rows',
  },
  {
    locale: 'ja',
    email: 'liam@example.com',
    options: { colorScheme: 'dark', viewport: { width: 390, height: 800 } },
    cancelAt: 'carryout-downloads',
    told: { waiting: '順番待ち', cancelled: 'キャンセル済み', failed: '失敗', ready: '完了' },
    offline: '接続できません。自動的に再試行します…',
    rows: '約300行中120行',
  },
]

test.each(LOOKS)(
  'in $locale, by keyboard alone, one is requested, cancelled, seen to fail, tried again and fetched; no state has an accessibility violation; offline it says so and goes on by itself',
  async ({ locale, email, options, cancelAt, told, offline, rows }) => {
    const context = await signIn(email, { locale, ...options })
    const page = await open(context)
    const main = page.locator('carryout-download')
    const problems: string[] = []
    /** It is shown, said to screen readers, and the focus stays on what can be done next. */
    const reached = async (phase: keyof Look['told'], focus: string) => {
      await page.locator(`carryout-download[data-phase=${phase}]`).waitFor()
      expect(await announced(page)).toContain(told[phase])
      expect(await focused(page)).toBe(focus)
      problems.push(...(await accessibilityProblems(page)))
    }
    await page.locator('carryout-downloads').getByRole('paragraph').first().waitFor()
    const release = await holdTheSlot()
    await tabTo(page, 'carryout-download button')
    await page.keyboard.press('Enter')
    await reached('waiting', 'carryout-download cancel')
    await page.locator('carryout-downloads').getByRole('listitem').waitFor()
    await tabTo(page, `${cancelAt} cancel`)
    await page.keyboard.press('Enter')
    await reached('cancelled', `${cancelAt} again`)
    await tabTo(page, 'carryout-download again', 'Shift+Tab')
    await page.keyboard.press('Enter')
    await page.locator('carryout-download[data-phase=waiting]').waitFor()
    await context.setOffline(true)
    await main.getByText(offline, { exact: true }).first().waitFor()
    // The sample is too small for a look halfway through.
    const running = { status: 'running', position: null, rows: 120, expectedRows: 300 }
    await page.route(/\/downloads\/[^/?]+$/, async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, json: { ...((await response.json()) as object), ...running } })
    })
    await context.setOffline(false)
    await main.getByText(rows).first().waitFor()
    expect(await main.getByRole('progressbar').getAttribute('value')).toBe('120')
    expect(await main.getByRole('progressbar').getAttribute('max')).toBe('300')
    problems.push(...(await accessibilityProblems(page)))
    await page.unrouteAll({ behavior: 'wait' })
    await withoutCustomers(async () => {
      await release()
      await reached('failed', 'carryout-download again')
    })
    await page.keyboard.press('Enter')
    await reached('ready', 'carryout-download link')
    const enter = () => page.keyboard.press('Enter')
    const file = await downloaded(page, enter)
    expect(rowsIn(file)).toBe(ORDERS)
    await fileLinks(page).nth(1).waitFor()
    await tabTo(page, 'carryout-downloads link')
    expect(await downloaded(page, enter)).toBe(file)
    const tooWide = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'))
    if (tooWide > 0) problems.push(`${tooWide} px too wide`)
    expect(problems).toEqual([])
  },
)

/** Presses the key until the target, as named by `focused`, has the focus. */
async function tabTo(page: Page, target: string, key: 'Tab' | 'Shift+Tab' = 'Tab') {
  const passed: string[] = []
  for (let focus = await focused(page); focus !== target; focus = await focused(page)) {
    passed.push(focus)
    if (passed.length > 30) throw new Error(`${key} does not reach ${target}: ${passed.join(', ')}`)
    await page.keyboard.press(key)
  }
}

/** The element that has the focus: an element of ours with the part inside it. */
function focused(page: Page): Promise<string> {
  return page.evaluate<string>(`(() => {
    const { activeElement: outer } = document
    const inner = outer.shadowRoot?.activeElement
    return inner ? outer.localName + ' ' + inner.getAttribute('part') : outer.localName
  })()`)
}

/** Announcements of both elements, which share them, so that none is announced twice. */
async function announced(page: Page): Promise<string> {
  return (await page.getByRole('status').allInnerTexts()).join('\n')
}
