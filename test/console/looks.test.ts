/** How every page looks and is used: on a desk and a phone, by keyboard, in the reader's time zone. */
import type { BrowserContextOptions } from 'playwright-core'
import type { Language } from '../../console/view/texts.ts'
import { accessibilityProblems } from '../support/browser.ts'
import { bury, givenRequest, outcomeOf, send } from '../support/pipeline.ts'
import { at, cloud, enter, failWithoutTable, newPage, operator, page, sql } from './desk.ts'

const DESK = { width: 1280, height: 720 }
const PHONE = { width: 390, height: 800 }
/** The rules of axe whose findings depend on width and colours. */
const RULES_OF_LOOKS = ['color-contrast', 'link-in-text-block', 'scrollable-region-focusable', 'target-size']

const WHO = { by: 'operator', reason: 'the table is back' }

beforeAll(async () => {
  await failWithoutTable(['lost-1', 'lost-2', 'lost-3'])
  await operator.replay('lost-1', WHO)
  await operator.replayAll({ name: 'second', executions: ['lost-2'], by: WHO.by, why: WHO.reason })
  await Promise.all(['lost-1', 'lost-2'].map((id) => outcomeOf(cloud, id, 1)))
  await sql('LOCK TABLES orders WRITE', async () => {
    await send(cloud, givenRequest({ id: 'endless' }))
    for await (const { status } of operator.follow('endless', { queued: true })) if (status === 'RUNNING') break
    await operator.stop('endless', { by: 'operator', reason: 'the wrong year' })
    await outcomeOf(cloud, 'endless')
  })
})

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
      'executions/endless/replay',
      'executions/endless/edit',
      'executions/endless/edit?json=1',
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
  await page.goto(at('executions/endless'))
  await page.keyboard.press('Tab')
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Replay')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Replay now' }).waitFor()
})
