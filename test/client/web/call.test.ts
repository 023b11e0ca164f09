/** One call: whose downloads it may see, what it may request, and what each download looks like to it. */
import { Call } from '../../../client/web/call.ts'
import type { DownloadsOptions } from '../../../client/web/options.ts'
import { Site } from '../../../client/web/site.ts'
import type { DownloadEntry } from '../../../statemachine/table.ts'
import { getting, givenDownloads, givenEntry, givenProgress, READY, USER } from './scripted.ts'

const PAST = givenEntry({ ...READY, id: 'past', rows: 900 })

async function viewOf(entry: DownloadEntry, pause?: object) {
  const table = { newest: () => [PAST], pause: () => pause }
  const given = givenDownloads({ entries: [entry], table })
  const response = await given.get('/orders-1')
  return {
    view: await response.json(),
    reads: ['newest', 'line', 'pause'].filter((name) => given.askedFor(name as 'line').length > 0),
  }
}

test('a waiting download has its place, its forecast and whether downloads are paused', async () => {
  const { view, reads } = await viewOf(givenEntry())
  expect(view).toMatchObject({
    status: 'waiting',
    position: 0,
    expectedStartAt: expect.any(String),
    expectedRows: 900,
    paused: false,
  })
  expect(reads).toEqual(['newest', 'line', 'pause'])
  const paused = await viewOf(givenEntry(), { at: '2026-07-01T00:00:00.000Z' })
  expect(paused.view).toMatchObject({ paused: true, expectedStartAt: null })
})

test('a running download has a forecast, and nothing is read of those that wait', async () => {
  const { view, reads } = await viewOf(givenEntry({ state: 'running' }), { at: '2026-07-01T00:00:00.000Z' })
  expect(view).toMatchObject({
    status: 'running',
    expectedReadyAt: expect.any(String),
    expectedRows: 900,
    paused: false,
  })
  expect(reads).toEqual(['newest'])
})

test('a download that is over is its entry alone', async () => {
  const { view, reads } = await viewOf(givenEntry(READY), { at: '2026-07-01T00:00:00.000Z' })
  expect(view).toMatchObject({ status: 'ready', expectedRows: null, paused: false })
  expect(reads).toEqual([])
})

test('a message that names no export has no usual number of rows', async () => {
  const { view } = await viewOf({ ...givenEntry(), export: undefined as never })
  expect(view).toMatchObject({ export: '', expectedRows: null })
})

test('a file’s last day comes from the stack', async () => {
  const entry = givenEntry({ ...READY, endedAt: new Date().toISOString() })
  const { get } = givenDownloads({ entries: [entry], client: { parts: () => ({ fileRetentionDays: 7 }) } })
  const { file } = (await (await get('/orders-1')).json()) as { file: { availableUntil: string } }
  expect(Date.parse(file.availableUntil) - Date.parse(entry.endedAt!)).toBe(7 * 86_400_000)
})

test('what a user may request is asked of the app', async () => {
  const wishes: unknown[] = []
  const wish = { export: 'orders', params: { from: '2026-01-01' } }
  const callOf = (allow?: DownloadsOptions['allow']) => {
    const site = new Site({ carryout: {} as never, identify: () => null, ...(allow && { allow }) })
    return new Call(site, getting(''), { user: USER, language: 'en', timeZone: undefined })
  }
  const answering = (answer: boolean | string) =>
    callOf((asked) => {
      wishes.push(asked)
      return answer
    }).checkAllowed(wish)
  await callOf().checkAllowed(wish)
  await answering(true)
  await expect(answering(false)).rejects.toMatchObject({
    ...{ status: 403, name: 'NotAllowed', message: 'You are not allowed to request this download.' },
  })
  await expect(answering('Only the head office may.')).rejects.toMatchObject({
    ...{ status: 403, name: 'NotAllowed', message: 'Only the head office may.' },
  })
  await expect(answering('')).rejects.toMatchObject({ status: 403 })
  expect(wishes).toEqual(Array(4).fill({ user: USER, ...wish }))
})

test('a download is its requester’s own, however they write their address', async () => {
  const entries = [givenEntry({ state: 'running' })]
  const client = { refresh: () => givenProgress({ rows: 7 }) }
  for (const [user, status] of [
    ['HANAKO@example.com', 200],
    ['taro@example.com', 404],
  ] as const)
    expect((await givenDownloads({ entries, client, identify: () => ({ user }) }).get('/orders-1')).status).toBe(status)
})

test('the query is that of the request’s address', () => {
  const site = new Site({ carryout: {} as never, identify: () => null })
  const { url } = new Call(site, getting('/expect?export=orders'), { user: USER, language: 'en', timeZone: undefined })
  expect([url.pathname, url.searchParams.get('export')]).toEqual(['/downloads/expect', 'orders'])
})
