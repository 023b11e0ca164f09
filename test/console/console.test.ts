/** What an operator does in a browser, on the local cloud: look, replay, edit, request, pause, stop, deal with dead letters. */
import { request as httpRequest } from 'node:http'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { createOperator, type OperatorClient } from '../../client/operator.ts'
import type { NewRequest } from '../../client/request.ts'
import { type Language, texts } from '../../console/view/texts.ts'
import { adviceFor } from '../../statemachine/advice.ts'
import type { DownloadEntry } from '../../statemachine/table.ts'
import { accessibilityProblems, openBrowser } from '../support/browser.ts'
import type { TestCloud } from '../support/cloud.ts'
import { bury, givenRequest, order, outcomeOf, send, startShop } from '../support/pipeline.ts'
import { putEntries } from '../support/table-entries.ts'

let cloud: TestCloud
let operator: OperatorClient
let browser: Browser
let context: BrowserContext
let page: Page
beforeAll(async () => {
  ;[cloud, browser] = await Promise.all([startShop(), openBrowser()])
  operator = createOperator({ stackName: 'Carryout' }, connection())
})
beforeEach(async () => {
  page = await newPage({})
})
afterEach(() => context.close())
afterAll(async () => {
  await browser?.close()
  await cloud?.close()
})

const at = (path: string) => `${cloud.endpointUrl}/_carryout/${path}`
const main = () => page.locator('main')
const DESK = { width: 1280, height: 720 }
const PHONE = { width: 390, height: 800 }
/** The rules of axe whose findings depend on width and colours. */
const RULES_OF_LOOKS = ['color-contrast', 'link-in-text-block', 'scrollable-region-focusable', 'target-size']
const status = () => page.locator('main [role=status]').innerText()

/** Each takes half a minute: `CARRYOUT_TEST_OPERATORS=all` has the other two as well. */
const OPERATORS: [Language, boolean][] = [
  ['en', true],
  ['ja', false],
  ...(process.env.CARRYOUT_TEST_OPERATORS === 'all'
    ? ([
        ['en', false],
        ['ja', true],
      ] as [Language, boolean][])
    : []),
]

/** The whole of an operator's day, in each language, with the script and without. */
describe.each(OPERATORS)('an operator who reads %s (JavaScript: %s)', (language, javaScriptEnabled) => {
  const t = texts[language]
  const prefix = `${language}-${javaScriptEnabled ? 'script' : 'plain'}`
  const ids = [1, 2, 3].map((number) => `${prefix}-${number}`)
  const [first, second, third] = ids as [string, string, string]
  const press = (name: string) => follow(page.getByRole('button', { name, exact: true }))
  const open = (name: string) => follow(page.getByRole('link', { name, exact: true }))
  /** Without the script a page is loaded again by hand. */
  const untilShown = async (text: string) => {
    for (; !(await main().innerText()).includes(text); await page.waitForTimeout(100)) {
      if (!javaScriptEnabled) await page.reload()
    }
  }
  beforeEach(async () => {
    page = await newPage({ locale: language === 'ja' ? 'ja-JP' : 'en-GB', javaScriptEnabled })
  })

  test('sees the failures of a broken database as one cause, and replays one of them in three clicks', async () => {
    await sql('RENAME TABLE customers TO gone')
    await Promise.all(ids.map((id) => order(cloud, givenRequest({ id }))))
    await order(cloud, givenRequest({ id: `${prefix}-misspelt`, export: 'ordres' }))
    while ((await operator.failures()).count < 4) await page.waitForTimeout(50)
    await sql('RENAME TABLE gone TO customers')
    await page.goto(cloud.endpointUrl)
    expect(page.url()).toBe(at(''))
    await open(t.nav.failures)
    const row = page.getByRole('row').filter({ hasText: 'QueryFailed' })
    expect(await row.innerText()).toMatch(/^3 ×/)
    await follow(row.getByRole('link', { name: 'QueryFailed' }))
    expect(await page.getByRole('link', { name: new RegExp(`^${prefix}-\\d$`) }).count()).toBe(3)
    expect(await page.getByRole('link', { name: `${prefix}-misspelt` }).count()).toBe(0)
    await press(`${t.replay}: ${first}`)
    expect(await status()).toBe(t.done.replayed)
    expect((await outcomeOf(cloud, first, 1)).status).toBe('SUCCEEDED')
  })

  test('edits one and sends it again', async () => {
    await page.goto(at(`executions/${second}`))
    await open(t.edit)
    await page.getByLabel('from').fill('2026-02-01')
    await page.getByLabel(t.why).fill('the wrong month')
    await press(t.send)
    const id = await sentId()
    expect((await outcomeOf(cloud, id)).status).toBe('SUCCEEDED')
    await page.goto(at(`executions/${id}`))
    await open(second)
    expect(await main().innerText()).toContain(t.superseded)
  })

  test('replays all the rest', async () => {
    await page.goto(at('failures'))
    const row = page.getByRole('row').filter({ hasText: 'QueryFailed' })
    await follow(row.getByRole('link', { name: t.bulk.replayAll('1'), exact: true }))
    await page.getByLabel(t.bulk.name).fill(prefix)
    await press(t.bulk.start)
    expect(page.url()).toContain(`replays/${prefix}`)
    await untilShown(t.bulk.progress('1', '1'))
    expect(await outcomeOf(cloud, third, 1)).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1 })
  })

  test('corrects a misspelt export and sends it again, leaving no failure', async () => {
    await page.goto(at(`executions/${prefix}-misspelt`))
    expect(await page.locator('.note.bad').innerText()).toContain(adviceFor('UnknownExport')[language])
    await open(t.edit)
    await page.getByRole('combobox', { name: t.exportName }).selectOption('orders')
    await press(t.chooseExport)
    expect(await page.getByLabel('from').inputValue()).toBe('2026-01-01')
    await press(t.send)
    expect((await outcomeOf(cloud, await sentId())).status).toBe('SUCCEEDED')
    await page.goto(at('failures'))
    expect(await main().innerText()).toContain(t.noFailures)
  })

  test('views dead letters without removing them; edits and sends one, and drops one with a reason', async () => {
    await bury(cloud, givenRequest({ id: `${prefix}-dead-1`, export: 'ordres' }))
    await bury(cloud, givenRequest({ id: `${prefix}-dead-2` }))
    await page.goto(at('queue'))
    await page.goto(at('queue'))
    const letter = (id: string) => page.locator('details').filter({ hasText: id })
    const one = letter(`${prefix}-dead-1`)
    await one.locator('summary').click()
    await one.getByLabel(t.edited).fill(JSON.stringify(givenRequest({ id: `${prefix}-dead-1` })))
    await follow(one.getByRole('button', { name: t.sendAgain }))
    expect((await outcomeOf(cloud, `${prefix}-dead-1`)).status).toBe('SUCCEEDED')
    const other = letter(`${prefix}-dead-2`)
    await other.locator('summary').click()
    await other.getByLabel(t.whyNeeded).fill('nobody needs it')
    await follow(other.getByRole('button', { name: t.drop }))
    const text = await main().innerText()
    expect(text).toContain(t.noDeadLetters)
    expect(text).toMatch(new RegExp(`${t.actions.dropDeadLetter} \\S+\\s+operator\\s+nobody needs it`))
  })

  test('pauses, which every page shows while nothing starts, cancels a waiting request, and resumes', async () => {
    await page.goto(at('queue'))
    await page.getByLabel(t.why).fill('an upgrade')
    await press(t.pause)
    await open(t.nav.downloads)
    expect(await page.locator('.banner').first().innerText()).toContain(t.pausedSince('operator'))
    const patient = `${prefix}-patient`
    await send(cloud, givenRequest({ id: patient }))
    const { id: unwanted } = await operator.request(givenRequest({ id: `${prefix}-unwanted` }) as unknown as NewRequest)
    await page.goto(at(`executions/${unwanted}`))
    await page.getByLabel(t.why).fill('asked for twice')
    await press(t.cancelRequest)
    expect(await page.getByText(t.done.cancelled).count()).toBe(1)
    await page.goto(at('queue'))
    // A page that is open elsewhere hears of it.
    const elsewhere = javaScriptEnabled ? await context.newPage() : undefined
    await elsewhere?.goto(at('?done=paused'))
    await press(t.resume)
    await elsewhere?.locator('.banner').first().waitFor({ state: 'hidden' })
    expect(elsewhere?.url() ?? at('')).toBe(at(''))
    expect(await page.getByText(t.pausedSince('operator')).count()).toBe(0)
    expect(await main().innerText()).toMatch(new RegExp(`${t.actions.pause}\\s+operator\\s+an upgrade`))
    expect((await outcomeOf(cloud, patient)).status).toBe('SUCCEEDED')
    expect((await outcomeOf(cloud, unwanted)).output).toContain('"by":"operator"')
    expect(await operator.actions(unwanted)).toMatchObject([{ action: 'cancel', reason: 'asked for twice' }])
  })

  test('stops a running execution, whose page says by whom and why', async () => {
    const id = `${prefix}-endless`
    await sql('LOCK TABLES orders WRITE', async () => {
      await send(cloud, givenRequest({ id }))
      const stop = page.getByRole('link', { name: t.stop, exact: true })
      do await page.goto(at(`executions/${id}`))
      while ((await stop.count()) === 0)
      await follow(stop)
      await page.getByLabel(t.why).fill('the wrong year')
      await press(t.stop)
      expect((await outcomeOf(cloud, id)).status).toBe('ABORTED')
    })
    await page.goto(at(`executions/${id}`))
    const text = await main().innerText()
    expect(text).toContain('Stopped by operator: the wrong year')
    expect(text).toContain(adviceFor('Stopped')[language])
  })
})

describe('a database that lacks a table', () => {
  beforeAll(async () => {
    await sql('RENAME TABLE customers TO gone')
    await Promise.all(['lost-1', 'lost-2', 'lost-3', 'lost-4'].map((id) => order(cloud, givenRequest({ id }))))
    await order(cloud, givenRequest({ id: 'misspelt', export: 'ordres' }))
    while ((await operator.failures()).count < 5) await new Promise((resolve) => setTimeout(resolve, 50))
    await sql('RENAME TABLE gone TO customers')
  })

  test('the address printed at boot opens the list of downloads, which is filtered by the URL', async () => {
    await page.goto(cloud.endpointUrl)
    expect(page.url()).toBe(at(''))
    expect(await page.getByRole('row').filter({ hasText: 'lost-1' }).innerText()).toContain('QueryFailed')
    await page.getByLabel('Error').fill('UnknownExport')
    await follow(page.getByRole('button', { name: 'Filter' }))
    expect(page.url()).toContain('error=UnknownExport')
    const misspelt = await page.getByRole('link', { name: /misspelt$/ }).count()
    expect([misspelt > 0, await page.getByRole('row').count()]).toEqual([true, misspelt + 1])
    const today = new Date().toISOString().slice(0, 10)
    await page.goto(at(`?state=failed&export=orders&requester=HANAKO@example.com&since=${today}&until=${today}`))
    expect(await page.getByRole('link', { name: /^lost-\d$/ }).count()).toBe(4)
    await page.goto(at('?until=2020-01-01'))
    expect(await main().innerText()).toContain('No download matches the filter.')
  })

  test('an execution’s page shows where it failed, why, what to do, and who was notified', async () => {
    await page.goto(at('executions/lost-1'))
    const drawn = (state: string) => page.locator(`.graph [data-state="${state}"]`).getAttribute('class')
    expect(await drawn('ExportChunk')).toContain('failed')
    expect(await drawn('Prepare')).toContain('succeeded')
    expect(await drawn('Finish')).toContain('none')
    const note = await page.locator('.note.bad').innerText()
    expect(note).toContain('ExportChunk: QueryFailed')
    expect(note).toContain('Then replay.')
    expect(await main().innerText()).toContain('Published to the topic')
    await page.getByText(/^ExportChunk · failed/).click()
    expect(await page.locator('details[open] pre').first().innerText()).toContain('"requestedBy": "hanako@example.com"')
    await follow(page.getByRole('link', { name: 'Logs' }))
    expect(await main().innerText()).toMatch(/ERROR The database refused the query/)
  })

  test('a replay says what it keeps and continues from the failed step, even without JavaScript', async () => {
    page = await newPage({ javaScriptEnabled: false })
    await page.goto(at('executions/lost-1'))
    await follow(page.getByRole('link', { name: 'Replay', exact: true }))
    expect(await main().innerText()).toContain('ExportChunk, and everything after it.')
    await page.getByLabel('Why').fill('the table is back')
    await follow(page.getByRole('button', { name: 'Replay now' }))
    expect(await status()).toBe('The replay has begun.')
    expect((await outcomeOf(cloud, 'lost-1', 1)).status).toBe('SUCCEEDED')
    await page.goto(at('executions/lost-1'))
    expect(await main().innerText()).toMatch(/Replayed\s+operator\s+the table is back/)
    expect(await main().innerText()).toContain('without the time before replays')
    const [file, manifest] = await Promise.all(
      ['Download the file', 'Manifest'].map(async (name) => {
        const href = await page.getByRole('link', { name }).getAttribute('href')
        return (await fetch(href as string)).text()
      }),
    )
    expect(file).toContain('Order no.')
    expect(JSON.parse(manifest as string)).toMatchObject({ request: { id: 'lost-1' } })
  })

  test('edited parameters are checked, then sent under a new id; each names the other, who did it and why', async () => {
    await page.goto(at('executions/lost-2/edit?json=1'))
    await page.getByLabel('Parameters').fill('{"from":')
    await follow(page.getByRole('button', { name: 'Send' }))
    expect(await page.getByRole('alert').innerText()).toContain('Parameters')
    await page.getByLabel('Parameters').fill('{"from":"2026-02-01","until":"2026-03-01"}')
    await follow(page.getByRole('button', { name: 'Send' }))
    expect(await page.getByRole('alert').innerText()).toContain('until')
    await follow(page.getByRole('link', { name: 'Edit the parameters in a form' }))
    await page.getByLabel('from').fill('2026-02-01')
    await page.getByLabel('to', { exact: true }).fill('2026-03-01')
    await page.getByLabel('Why').fill('the wrong month')
    await follow(page.getByRole('button', { name: 'Send' }))
    const id = page.url().match(/executions\/([\w-]+)/)?.[1] as string
    const { status: outcome, input } = await outcomeOf(cloud, id)
    expect(outcome).toBe('SUCCEEDED')
    expect(JSON.parse(input as string).params).toEqual({ from: '2026-02-01', to: '2026-03-01' })
    await page.goto(at(`executions/${id}`))
    await follow(page.getByRole('link', { name: 'lost-2' }))
    const text = await main().innerText()
    expect(text).toContain('Superseded')
    expect(text).toMatch(new RegExp(`Edited and sent again → ${id}\\s+operator\\s+the wrong month`))
    const { groups } = await operator.failures()
    expect(groups.flatMap(({ downloads }) => downloads.map((each) => each.id)).sort()).not.toContain('lost-2')
  })

  test('a whole group is replayed through the queue under a name; stopped, it leaves the rest unchanged', async () => {
    await operator.pause({ by: 'a test', reason: '' })
    const start = async (name: string) => {
      await page.goto(at('failures'))
      await follow(page.getByRole('link', { name: 'Replay all 2' }))
      expect(await main().innerText()).toContain('2 failed downloads will be replayed')
      await page.getByLabel('Name of the replay').fill(name)
      await page.getByLabel('Why').fill('the table is back')
      await follow(page.getByRole('button', { name: 'Start the replay' }))
      expect(page.url()).toContain(`replays/${name}`)
    }
    await start('first')
    expect(await main().innerText()).toMatch(/Progress\s+0 of 2/)
    await follow(page.getByRole('button', { name: 'Stop the replay' }))
    expect(await main().innerText()).toContain(
      'Stopped by operator. Those that had not had their turn are left untouched.',
    )
    await operator.resume()
    await start('second')
    // The page refreshes itself.
    await page.getByText('2 of 2', { exact: true }).waitFor()
    expect(await page.getByRole('row').filter({ hasText: 'Replayed' }).count()).toBe(2)
    for (const id of ['lost-3', 'lost-4']) expect((await outcomeOf(cloud, id, 1)).redriveCount).toBe(1)
    await page.goto(at('replays'))
    expect(await page.getByRole('row').filter({ hasText: 'first' }).innerText()).toMatch(/^Stopped/)
  })
})

test('an export is requested with a form made of its schema, and its page lists the run', async () => {
  await page.goto(at('exports'))
  await follow(page.getByRole('link', { name: 'customers' }))
  await page.getByLabel('country').fill('jp')
  await page.getByLabel('Requester').fill('taro@example.com')
  await page.getByLabel('Format').selectOption('jsonl')
  await follow(page.getByRole('button', { name: 'Send' }))
  expect(await page.getByRole('alert').innerText()).toContain('must be two capital letters')
  await page.getByLabel('country').fill('JP')
  await follow(page.getByRole('button', { name: 'Send' }))
  const id = page.url().match(/executions\/([\w-]+)/)?.[1] as string
  const { status: outcome, input } = await outcomeOf(cloud, id)
  expect(outcome).toBe('SUCCEEDED')
  expect(JSON.parse(input as string)).toMatchObject({ params: { country: 'JP' }, format: 'jsonl' })
  await page.goto(at('exports/customers'))
  expect(await page.getByRole('link', { name: id }).count()).toBe(1)
})

test('a thousand failures form three causes, and no page reads or shows all of them', async () => {
  await enter(
    Array.from({ length: 1_000 }, (_, index) => ({
      id: `many-${index}`,
      error: ['QueryFailed', 'KeyNotUnique', 'DatabaseUnavailable'][index % 3] as string,
      reason: `Row ${index} is not what it was`,
    })),
  )
  await page.goto(at('failures'))
  const rows = page.getByRole('row').filter({ hasText: 'is not what it was' })
  expect(await rows.count()).toBe(3)
  expect((await rows.allInnerTexts()).map((text) => text.split(' ×')[0])).toEqual(['334', '333', '333'])
  await follow(page.getByRole('link', { name: 'KeyNotUnique' }))
  expect(await page.getByRole('row').count()).toBe(101)
  await page.goto(at('?state=failed'))
  expect(await page.getByRole('row').count()).toBe(51)
  await follow(page.getByRole('link', { name: 'Older downloads' }))
  expect(await page.getByRole('row').count()).toBe(51)
})

test('times are in the reader’s zone; without JavaScript in the configured one, which is named', async () => {
  const shown = async (options: BrowserContextOptions) => {
    page = await newPage(options)
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
    page = await newPage({})
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

test('a form on another site, a foreign Origin and a foreign Host change nothing', async () => {
  const post = (headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      const form = { 'content-type': 'application/x-www-form-urlencoded' }
      const sent = httpRequest(at('pause'), { method: 'POST', headers: { ...form, ...headers } }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      sent.on('error', reject).end('why=attack')
    })
  expect(await post({ origin: 'https://evil.example' })).toBe(403)
  expect(await post({ origin: 'http://localhost:1' })).toBe(403)
  expect(await post({ origin: 'null' })).toBe(403)
  expect(await post({})).toBe(403)
  expect(await post({ origin: cloud.endpointUrl, 'sec-fetch-site': 'cross-site' })).toBe(403)
  expect(await post({ origin: 'http://evil.example', host: 'evil.example' })).toBe(403)
  expect(await operator.paused()).toBeNull()
  expect(await post({ origin: cloud.endpointUrl })).toBe(303)
  expect(await operator.paused()).not.toBeNull()
  await operator.resume()
})

test('an unknown id is reported, with a link back', async () => {
  const response = await page.goto(at('executions/nobody'))
  expect(response?.status()).toBe(404)
  expect(await main().innerText()).toContain('There is no execution “nobody”')
})

function connection() {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  return { endpoint: cloud.endpointUrl, region: cloud.region, credentials }
}

async function newPage(options: BrowserContextOptions): Promise<Page> {
  await context?.close()
  context = await browser.newContext({ locale: 'en-GB', ...options })
  return await context.newPage()
}

/** Clicks on what leads to another page, and waits until all of that is there. */
async function follow(link: Locator) {
  await Promise.all([page.waitForEvent('domcontentloaded'), link.click()])
}

/** As the address of the page says that follows a request; the script takes what was done out of it. */
async function sentId(): Promise<string> {
  await page.waitForURL(/executions\/[\w-]+(\?done=sent.*)?$/)
  return page.url().match(/executions\/([\w-]+)/)?.[1] as string
}

/** Failed downloads that the table knows of. */
async function enter(failures: { id: string; error: string; reason: string }[]) {
  const dynamo = new DynamoDBClient(connection())
  const entries = failures.map((failure, index): DownloadEntry => {
    const time = new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString()
    return { ...failure, state: 'failed', at: time, requestedAt: time, redriveCount: 0 }
  })
  await putEntries(dynamo, String(cloud.outputs.CarryoutTableName), entries)
  dynamo.destroy()
}

async function sql(statement: string, meanwhile?: () => Promise<void>) {
  const connection = await cloud.schema!.connect()
  try {
    await connection.query(statement)
    await meanwhile?.()
  } finally {
    await connection.end()
  }
}
