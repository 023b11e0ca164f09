/** How every page looks and is used: on a desk and a phone, by keyboard, in the reader's time zone. For console.test.ts. */
import type { BrowserContextOptions } from 'playwright-core'
import type { Language } from '../../console/view/texts.ts'
import { accessibilityProblems } from '../support/browser.ts'
import { bury, givenRequest } from '../support/pipeline.ts'
import { at, cloud, enter, newPage, operator, page } from './desk.ts'

const DESK = { width: 1280, height: 720 }
const PHONE = { width: 390, height: 800 }
/** The rules of axe whose findings depend on width and colours. */
const RULES_OF_LOOKS = ['color-contrast', 'link-in-text-block', 'scrollable-region-focusable', 'target-size']

test('times are in the reader’s zone; without JavaScript in the configured one, which is named', async () => {
  const shown = async (options: BrowserContextOptions) => {
    await newPage(options)
    await page.goto(at('executions/lost-1'))
    await page.goto(at('executions/lost-1'))
    const time = page.locator('time').first()
    return {
      zone: await page.locator('#zone').innerText(),
      text: await time.innerText(),
      at: new Date((await time.getAttribute('datetime')) as string),
    }
  }
  const inZone = (date: Date, timeZone: string) =>
    new Intl.DateTimeFormat('en-GB', { timeZone, dateStyle: 'medium', timeStyle: 'medium' }).format(date)
  const tokyo = await shown({ timezoneId: 'Asia/Tokyo' })
  expect(tokyo).toMatchObject({ zone: 'Times are in Asia/Tokyo.', text: inZone(tokyo.at, 'Asia/Tokyo') })
  const plain = await shown({ timezoneId: 'Asia/Tokyo', javaScriptEnabled: false })
  expect(plain).toMatchObject({ zone: 'Times are in UTC.', text: inZone(plain.at, 'UTC') })
})

test.each<Language>(['en', 'ja'])(
  'every page is free of accessibility violations and fits the screen: desk and phone, light and dark (%s)',
  async (language) => {
    await bury(cloud, givenRequest({ id: `dead-${language}` }))
    await enter(
      ['States.DataLimitExceeded', 'Lambda.ResourceNotReadyException', 'DatabaseMisconfigured'].map((error, index) => ({
        id: `of-a-long-name-${language}-${index}`,
        error,
        reason: `${'/var/task/node_modules'.repeat(10)} ${'データベースに接続できません'.repeat(10)}`,
      })),
    )
    const { groups } = await operator.failures()
    const paths = [
      `?lang=${language}&state=failed`,
      'failures',
      ...groups.slice(-1).map(({ key }) => `failures/${key}`),
      `failures/${groups[0]?.key}`,
      'queue',
      `failures/${groups[0]?.key}/replay`,
      'replays',
      'replays/second',
      'exports',
      'exports/orders',
      'executions/lost-1',
      'executions/en-script-endless/replay',
      'executions/en-script-endless/edit',
      'executions/en-script-endless/edit?json=1',
      'executions/lost-1/logs',
      'executions/nobody',
    ]
    const problems: string[] = []
    await newPage()
    const tooWide = async () => {
      const pixels = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'))
      return pixels > 0 ? [`${pixels} px too wide`] : []
    }
    for (const path of paths) {
      await page.setViewportSize(DESK)
      await page.emulateMedia({ colorScheme: 'light' })
      await page.goto(at(path))
      expect(await page.locator('html').getAttribute('lang')).toBe(language)
      const onDesk = [...(await accessibilityProblems(page)), ...(await tooWide())]
      await page.setViewportSize(PHONE)
      await page.emulateMedia({ colorScheme: 'dark' })
      const onPhone = [...(await accessibilityProblems(page, RULES_OF_LOOKS)), ...(await tooWide())]
      problems.push(...[...onDesk, ...onPhone].map((each) => `${path}: ${each}`))
    }
    expect(problems).toEqual([])
  },
  180_000,
)

test('the keyboard reaches the content and everything that can be done', async () => {
  await page.goto(at('executions/en-script-endless'))
  await page.keyboard.press('Tab')
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Replay')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Replay now' }).waitFor()
})
