/** A download as server-sent events, on a clock that the tests move. */
import { setImmediate as turn } from 'node:timers/promises'
import { jest } from '@jest/globals'
import type { DownloadView } from '../../../client/web/contract.ts'
import type { DownloadEntry } from '../../../statemachine/table.ts'
import { givenFakeTime } from '../../support/fake-time.ts'
import { getting, givenDownloads, givenEntry, givenProgress, READY, type Script } from './scripted.ts'

const MINUTE = 60
const COMMENT = ': still here'

let time: ReturnType<typeof givenFakeTime>
/** What each test has opened. */
const open: { end(): Promise<void> }[] = []
beforeEach(() => {
  time = givenFakeTime(Date.parse('2026-07-01T00:00:00.000Z'))
})
afterEach(async () => {
  for (const each of open.splice(0)) await each.end()
  time.restore()
  jest.restoreAllMocks()
})

/** A page that watches the download, and what it has got so far. */
async function watch(given: ReturnType<typeof givenDownloads>, path = '/orders-1') {
  const response = await given.handler(getting(path, { accept: 'text/event-stream' }))
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  const page = { response, texts: [] as string[], isOver: false, end: () => reader.cancel() }
  open.push(page)
  const read = async () => {
    for (;;) {
      const { value, done } = await reader.read()
      if (done) break
      page.texts.push(...value.split('\n\n').slice(0, -1))
    }
    page.isOver = true
  }
  void read()
  await settle()
  return page
}

/** Lets everything happen that needs no time. */
async function settle() {
  for (let count = 0; count < 8; count++) await turn()
}

async function pass(seconds: number) {
  for (let second = 0; second < seconds; second++) {
    await jest.advanceTimersByTimeAsync(1_000)
    await settle()
  }
}

/** The views in the events. */
function viewsIn({ texts }: { texts: string[] }): DownloadView[] {
  return texts
    .filter((text) => text !== COMMENT)
    .map((text) => {
      const [, data] = /^event: download\ndata: (.*)$/.exec(text)!
      return JSON.parse(data!) as DownloadView
    })
}

/** A download whose entry the tests change. Each look at it takes a turn, so that looking without a pause stops nothing. */
function givenWatched(change: Partial<DownloadEntry>, script: Script = {}) {
  const entries = [givenEntry(change)]
  const ended = { is: false }
  open.push({
    async end() {
      ended.is = true
    },
  })
  const onError = (error: unknown) => {
    if (ended.is) throw error
  }
  const parts = async () => {
    await turn()
    if (ended.is) throw new Error('The test is over.')
    return {}
  }
  const given = givenDownloads({ entries, onError, ...script, client: { parts, ...script.client } })
  return {
    ...given,
    looks: () => given.askedFor('entry').length,
    become(next: Partial<DownloadEntry>) {
      entries[0] = givenEntry(next)
    },
  }
}

test('the first event comes at once, in a stream that no proxy may keep or change', async () => {
  const page = await watch(givenWatched({ state: 'running' }))
  expect(page.response.status).toBe(200)
  expect(Object.fromEntries(page.response.headers)).toEqual({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'private, no-cache, no-transform',
    'x-accel-buffering': 'no',
  })
  expect(viewsIn(page)).toMatchObject([{ id: 'orders-1', status: 'running' }])
  expect(page.isOver).toBe(false)
})

test('a download that is over has one event, and its stream ends', async () => {
  const given = givenWatched(READY)
  const page = await watch(given)
  expect(viewsIn(page)).toMatchObject([{ status: 'ready' }])
  expect([page.isOver, given.looks()]).toEqual([true, 1])
})

test('each change is an event, and nothing is sent while nothing changes', async () => {
  let rows = 0
  const given = givenWatched({ state: 'running' }, { client: { refresh: () => givenProgress({ rows, bytes: rows }) } })
  const page = await watch(given)
  await pass(1)
  expect(page.texts).toHaveLength(1)
  rows = 7
  await pass(1)
  given.become(READY)
  await pass(1)
  expect(viewsIn(page).map(({ status, rows }) => [status, rows])).toEqual([
    ['running', null],
    ['running', 7],
    ['ready', 7],
  ])
  expect(page.isOver).toBe(true)
})

test('a running download is looked at every second, and a waiting one every two', async () => {
  const running = givenWatched({ state: 'running' })
  await watch(running)
  const waiting = givenWatched({})
  await watch(waiting)
  await pass(10)
  expect([running.looks(), waiting.looks()]).toEqual([11, 6])
})

test('a silent stream has a comment every quarter of a minute, and none after a change', async () => {
  const given = givenWatched({})
  const page = await watch(given)
  await pass(14)
  given.become({ title: 'Orders' })
  await pass(2)
  expect(viewsIn(page).map(({ title }) => title)).toEqual([null, 'Orders'])
  await pass(MINUTE)
  expect(page.texts.slice(2)).toEqual([COMMENT, COMMENT, COMMENT])
})

test('a stream ends after ten minutes, so that the page asks again and its session is checked', async () => {
  const page = await watch(givenWatched({}))
  await pass(10 * MINUTE)
  expect(page.isOver).toBe(false)
  await pass(2)
  expect(page.isOver).toBe(true)
})

test('while AWS does not respond the stream goes on with what was known, and the app learns why', async () => {
  const errors: unknown[] = []
  const failure = Object.assign(new Error('Rate exceeded'), { $metadata: {} })
  let fails = false
  const entry = () => {
    if (fails) throw failure
    return givenEntry({ title: 'Orders' })
  }
  const page = await watch(givenWatched({}, { table: { entry }, onError: (error) => void errors.push(error) }))
  fails = true
  await pass(4)
  expect([page.isOver, page.texts.length, errors]).toEqual([false, 1, [failure, failure]])
  fails = false
  await pass(20)
  expect([page.isOver, errors.length, viewsIn(page).length]).toEqual([false, 2, 1])
})

test.each([
  ['has no onError', undefined],
  [
    'has an onError that fails',
    () => {
      throw new Error('The tracker is down.')
    },
  ],
])('an app that %s finds the reason in its log, and the stream goes on', async (_, onError) => {
  const log = jest.spyOn(console, 'error').mockReturnValue()
  let fails = false
  const entry = () => {
    if (fails) throw new Error('Rate exceeded')
    return givenEntry()
  }
  const page = await watch(givenDownloads({ table: { entry }, onError }))
  fails = true
  await pass(2)
  expect([page.isOver, log.mock.calls.length]).toEqual([false, 1])
})

test('a stream ends when its download is gone, which is not reported as an error', async () => {
  const entries = [givenEntry()]
  const given = givenDownloads({ entries })
  const page = await watch(given)
  entries.pop()
  await pass(2)
  expect([page.isOver, given.errors]).toEqual([true, []])
})

describe('nothing is looked at any more', () => {
  test('once the page has closed the stream', async () => {
    const given = givenWatched({ state: 'running' })
    const page = await watch(given)
    await page.end()
    await pass(5)
    expect(given.looks()).toBe(1)
  })

  test('once the host says that the page has gone', async () => {
    const gone = new AbortController()
    const given = givenWatched({ state: 'running' })
    const headers = { accept: 'text/event-stream' }
    await given.handler(new Request('https://shop.example.com/downloads/orders-1', { headers, signal: gone.signal }))
    await settle()
    gone.abort()
    await pass(5)
    expect(given.looks()).toBe(1)
  })

  test('for a page that had gone before', async () => {
    const given = givenWatched({ state: 'running' })
    const headers = { accept: 'text/event-stream' }
    const signal = AbortSignal.abort()
    await given.handler(new Request('https://shop.example.com/downloads/orders-1', { headers, signal }))
    await pass(5)
    expect(given.looks()).toBe(1)
  })
})
