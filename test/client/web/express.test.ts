/** The web app's part in Express, over HTTP and against a local cloud. */
import { setTimeout as sleep } from 'node:timers/promises'
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { parse } from 'csv-parse/sync'
import { newId } from '../../../client/carryout.ts'
import type { DownloadProblem, DownloadView, Requested } from '../../../client/web/contract.ts'
import { outcomeOf } from '../../support/pipeline.ts'
import { cloud, deniedToWebApp, express, givenPage, operator } from './mounted.ts'
import { MOUNTS } from './mounts.ts'
import { Page } from './page.ts'

describe('in Express', () => {
  test('a download is requested, watched by events to its end, and its file opened by a link of five minutes', async () => {
    const page = givenPage()
    const { outcome, download } = await page.request()
    expect(outcome).toBe('requested')
    expect(download).toMatchObject({ export: 'orders', status: 'waiting', file: null, error: null, paused: false })
    const views = await page.events(download.id)
    const last = views.at(-1)!
    expect(last).toMatchObject({ status: 'ready', title: 'Orders', format: 'csv', position: null, error: null })
    expect(last.rows).toBeGreaterThan(0)
    const days = (Date.parse(last.file!.availableUntil!) - Date.parse(last.endedAt!)) / 86_400_000
    expect(days).toBe(7)
    expect(views.length).toBeLessThan(20)
    const answer = await page.get(`/${download.id}/file`)
    expect(answer.status).toBe(303)
    const link = answer.headers.get('location')!
    expect(new URL(link).searchParams.get('X-Amz-Expires')).toBe('300')
    const text = await (await fetch(link)).text()
    expect(parse(text)).toHaveLength(last.rows! + 1)

    const { headers } = await page.get(`/${download.id}`)
    expect(headers.get('retry-after')).toBeNull()
    expect(headers.get('cache-control')).toBe('private, no-cache')
    const again = await page.get(`/${download.id}`, { 'if-none-match': headers.get('etag')! })
    expect([again.status, await again.text()]).toEqual([304, ''])
  })

  test('the finished file is offered instead of a new run, unless a new one is requested', async () => {
    const page = givenPage()
    const first = await page.request()
    await page.events(first.download.id)
    const offered = await page.request({ params: { to: '2026-04-01', from: '2026-01-01' } })
    expect(offered).toMatchObject({ outcome: 'finished', download: { id: first.download.id, status: 'ready' } })
    expect(await page.request({ fresh: true })).toMatchObject({ outcome: 'requested' })
    const expected = await page.expectation('orders')
    expect(expected.seconds).toBeGreaterThanOrEqual(0)
    expect(expected).toMatchObject({ export: 'orders', bytes: offered.download.bytes, waiting: expect.any(Number) })
  })

  test('a file made by other code is not offered, because its export may have changed', async () => {
    const page = givenPage()
    const { download } = await page.request()
    await page.events(download.id)
    const { endpointUrl: endpoint, region } = cloud
    const dynamo = new DynamoDBClient({
      endpoint,
      region,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    })
    const changed = await dynamo.send(
      new UpdateItemCommand({
        TableName: cloud.outputs.CarryoutTableName,
        Key: { pk: { S: `download#${download.id}` }, sk: { S: 'entry' } },
        UpdateExpression: 'SET catalogue = :older',
        ExpressionAttributeValues: { ':older': { S: '0123456789abcdef' } },
        ReturnValues: 'UPDATED_OLD',
      }),
    )
    dynamo.destroy()
    expect(changed.Attributes?.catalogue?.S).toMatch(/^[0-9a-f]{16}$/)
    expect(await page.request()).toMatchObject({ outcome: 'requested' })
  })

  test('a request that only the catalogue can refuse is refused immediately', async () => {
    const page = givenPage(express.base, { 'accept-language': 'ja,en;q=0.5' })
    const misspelt = await page.post('', { export: 'orderz', params: {} })
    expect(misspelt.status).toBe(422)
    expect((await problemOf(misspelt)).error.message).toMatch(/^依頼の内容に誤りがあります（.*orderz.*orders/)
    const wrong = await page.post('', { export: 'orders', params: { from: 'yesterday', to: '2026-04-01' } })
    expect([wrong.status, (await problemOf(wrong)).error.message]).toEqual([422, expect.stringContaining('from')])
    expect(await (await page.get()).json()).toEqual({ downloads: [], next: null })
  })

  test('cancelling a running download stops its execution', async () => {
    const page = givenPage()
    // A request of an earlier test would get the slot first, and would wait for the lock with it.
    while ((await operator.list({ status: 'RUNNING' })).length + (await operator.waiting()).queued > 0) await sleep(100)
    await withSql('LOCK TABLES orders WRITE', 'UNLOCK TABLES', async () => {
      const { download } = await page.request()
      await page.until(download.id, ({ status }) => status === 'running')
      const cancelled = (await (await page.post(`/${download.id}/cancel`)).json()) as DownloadView
      expect(cancelled).toMatchObject({ id: download.id, status: 'cancelled', error: null })
      expect(await outcomeOf(cloud, download.id)).toMatchObject({ status: 'ABORTED', error: 'Cancelled' })
    })
  })

  test('a failed download says so in the user’s language, and is retried under a new id', async () => {
    const page = givenPage(express.base, { 'accept-language': 'ja,en;q=0.5' })
    const { download, last } = await withSql(
      'RENAME TABLE customers TO gone',
      'RENAME TABLE gone TO customers',
      async () => {
        const { download } = await page.request()
        return { download, last: (await page.events(download.id)).at(-1)! }
      },
    )
    expect(last).toMatchObject({
      status: 'failed',
      error: {
        name: 'QueryFailed',
        message: '完了できませんでした。担当者に通知済みです。もう一度試すこともできます。',
        retryable: true,
      },
    })
    const noFile = await page.get(`/${download.id}/file`)
    expect(noFile.status).toBe(409)
    const again = await page.post(`/${download.id}/again`)
    expect(again.status).toBe(202)
    const requested = (await again.json()) as Requested
    expect(requested).toMatchObject({ outcome: 'requested', download: { export: 'orders' } })
    expect(requested.download.id).not.toBe(download.id)
  })

  test('a key that is sent twice is one download, and does not reach another user’s', async () => {
    const [page, stranger] = [givenPage(), givenPage()]
    const [one, other] = await Promise.all([page.request({ id: 'button-1' }), page.request({ id: 'button-1' })])
    expect(other.download.id).toBe(one.download.id)
    expect((await stranger.request({ id: 'button-1' })).download.id).not.toBe(one.download.id)
    const changed = await page.post('', { export: 'orders', params: {}, id: 'button-1' })
    expect(changed.status).toBe(422)
  })

  describe('while nothing starts', () => {
    beforeAll(() => operator.pause({ by: 'operator', reason: 'maintenance' }))
    afterAll(() => operator.resume())

    test('the same request is joined, but never another’s', async () => {
      const [page, stranger] = [givenPage(), givenPage()]
      const first = await page.request()
      const paused = await page.until(first.download.id, (view) => view.paused)
      expect(paused).toMatchObject({ status: 'waiting', expectedStartAt: null, expectedReadyAt: null })
      expect(await page.request({ fresh: true })).toMatchObject({
        outcome: 'joined',
        download: { id: first.download.id },
      })
      expect(await page.request({ format: 'jsonl' })).toMatchObject({ outcome: 'requested' })
      expect(await stranger.request()).toMatchObject({ outcome: 'requested', download: { status: 'waiting' } })
    })

    test('a waiting download shows its place, is cancelled immediately, and no longer blocks others', async () => {
      const page = givenPage()
      const { download } = await page.request()
      expect(download.position).toBeGreaterThanOrEqual(0)
      await page.until(download.id, (view) => view.paused)
      const poll = await page.get(`/${download.id}`)
      expect(poll.headers.get('retry-after')).toBe('30')
      expect((await page.get(`/${download.id}/file`)).status).toBe(409)
      const cancelled = (await (await page.post(`/${download.id}/cancel`)).json()) as DownloadView
      expect(cancelled).toMatchObject({ id: download.id, status: 'cancelled', position: null })
      expect(cancelled.endedAt).not.toBeNull()
      expect(await page.view(download.id)).toMatchObject({ status: 'cancelled' })
      expect((await page.request()).outcome).toBe('requested')
    })

    test('the eleventh is refused with a sentence, even by another web server', async () => {
      const page = givenPage()
      const months = Array.from({ length: 11 }, (_, day) => ({ from: `2026-01-${10 + day}`, to: '2026-02-01' }))
      const sent = await Promise.all(months.map((params) => page.post('', { export: 'orders', params })))
      expect(sent.map(({ status }) => status).sort()).toEqual([...Array<number>(10).fill(202), 429])
      const refused = sent.find(({ status }) => status === 429)!
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
      expect((await problemOf(refused)).error).toEqual({
        name: 'TooManyPending',
        message: 'You already have 10 downloads in progress. Please wait until one is ready, or cancel one.',
      })
      const another = await MOUNTS.Hono!()
      const elsewhere = new Page(another.base, page.cookie)
      expect(
        (await elsewhere.post('', { export: 'orders', params: { from: '2026-02-01', to: '2026-03-01' } })).status,
      ).toBe(429)
      await another.close()
      const list = (await (await page.get('?limit=4')).json()) as { downloads: DownloadView[]; next: string }
      expect(list.downloads).toHaveLength(4)
      const rest = (await (await page.get(`?limit=100&after=${list.next}`)).json()) as typeof list
      expect(rest).toMatchObject({ next: null })
      expect(new Set([...list.downloads, ...rest.downloads].map(({ id }) => id)).size).toBe(10)
    })
  })

  test('another user’s id is treated like one that does not exist, for every action', async () => {
    const [page, stranger] = [givenPage(), givenPage()]
    const { id } = (await page.request()).download
    const unknown = `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`
    for (const path of ['', '/file']) {
      expect(await answerOf(stranger.get(`/${id}${path}`))).toEqual(await answerOf(stranger.get(`/${unknown}${path}`)))
    }
    for (const path of ['/cancel', '/again']) {
      const answer = await answerOf(stranger.post(`/${id}${path}`))
      expect(answer).toEqual(await answerOf(stranger.post(`/${unknown}${path}`)))
      expect(answer[0]).toBe(404)
    }
    expect((await page.get(`/${id}`)).status).toBe(200)
  })

  // Thousands more are tried without the wire, in ids.test.ts.
  test('60 ids over HTTP, random ones and another’s with its neighbours, are the same 404', async () => {
    const [page, stranger] = [givenPage(), givenPage()]
    const { id } = (await page.request()).download
    const neighbours = Array.from({ length: 29 }, (_, index) => id.slice(0, -2) + (index + 36).toString(36))
    const random = Array.from({ length: 30 }, () => newId())
    const answers = new Set<string>()
    const ids = [id, ...neighbours, ...random]
    while (ids.length > 0) {
      const some = await Promise.all(ids.splice(0, 20).map((each) => answerOf(stranger.get(`/${each}`))))
      for (const answer of some) answers.add(JSON.stringify(answer))
    }
    expect([...answers]).toEqual([expect.stringMatching(/^\[404,/)])
    expect((await page.get(`/${id}`)).status).toBe(200)
  })
})

test('the role of grantRequest, grantFollow and grantCancel sufficed', () => {
  expect(deniedToWebApp()).toEqual([])
})

async function withSql<T>(before: string, after: string, meanwhile: () => Promise<T>): Promise<T> {
  const connection = await cloud.schema!.connect()
  try {
    await connection.query(before)
    return await meanwhile()
  } finally {
    await connection.query(after)
    await connection.end()
  }
}

async function answerOf(answer: Promise<Response>): Promise<[number, string, string[][]]> {
  const { status, headers, text } = await answer.then(async (response) => ({
    status: response.status,
    headers: [...response.headers].filter(([name]) => name !== 'date'),
    text: await response.text(),
  }))
  return [status, text, headers]
}

async function problemOf(response: Response): Promise<DownloadProblem> {
  return (await response.json()) as DownloadProblem
}
