/** Opening the file of a download. */
import { NoFile, NoSuchExecution } from '../../../../client/errors.ts'
import type { DownloadEntry } from '../../../../statemachine/table.ts'
import { givenDownloads, givenEntry, givenProgress, READY, refusalOf, USER } from '../scripted.ts'

const EXPIRED = 'The file has been deleted because its retention period has ended. Please request it again.'
const [WAIT, NONE] = ['The file is not ready yet.', 'This download has no file. Please request it again.']

test('a file that is ready is opened by a link of five minutes, which is its user’s alone', async () => {
  const { get, askedFor } = givenDownloads({ entries: [givenEntry(READY)] })
  const response = await get('/orders-1/file')
  expect([response.status, response.headers.get('location')]).toEqual([303, 'https://files.example.com/orders-1'])
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(askedFor('link')).toEqual([['orders-1', { expiresInSeconds: 300, requestedBy: USER, isThere: true }]])
})

test('a file is there as soon as its execution has ended, although the table lags', async () => {
  const client = {
    refresh: () => givenProgress({ status: 'SUCCEEDED', file: { name: 'orders.csv', bytes: 7 } as never }),
  }
  const { get } = givenDownloads({ entries: [givenEntry({ state: 'running' })], client })
  expect((await get('/orders-1/file')).status).toBe(303)
})

test.each<[DownloadEntry['state'], string]>([
  ['waiting', WAIT],
  ['running', WAIT],
  ['failed', NONE],
  ['cancelled', NONE],
])('a download that is %s has no file: %s', async (state, sentence) => {
  const { get, askedFor } = givenDownloads({ entries: [givenEntry({ state })] })
  expect(await refusalOf(get('/orders-1/file'))).toEqual([409, 'NotReady', sentence])
  expect(askedFor('link')).toEqual([])
})

test('a file whose retention has ended is gone, without asking for it', async () => {
  const client = { parts: () => ({ fileRetentionDays: 7 }) }
  const { get, askedFor } = givenDownloads({
    entries: [givenEntry({ ...READY, endedAt: '2020-01-01T00:00:00.000Z' })],
    client,
  })
  expect(await refusalOf(get('/orders-1/file'))).toEqual([410, 'Expired', EXPIRED])
  expect(askedFor('link')).toEqual([])
})

test.each([
  ['file', new NoFile('It has been deleted.')],
  ['execution', new NoSuchExecution('orders-1')],
])('a download whose %s does not exist any more is gone', async (_what, gone) => {
  const link = () => {
    throw gone
  }
  const { get } = givenDownloads({ entries: [givenEntry(READY)], client: { link } })
  expect(await refusalOf(get('/orders-1/file'))).toEqual([410, 'Expired', EXPIRED])
})

test('a file that AWS does not answer about may be there', async () => {
  const link = () => {
    throw Object.assign(new Error('Rate exceeded'), { $metadata: {} })
  }
  const { get } = givenDownloads({ entries: [givenEntry(READY)], client: { link } })
  expect((await get('/orders-1/file')).status).toBe(503)
})

test('another user’s file is not found', async () => {
  const { get, askedFor } = givenDownloads({ entries: [givenEntry({ ...READY, requester: 'taro@example.com' })] })
  expect((await refusalOf(get('/orders-1/file')))[0]).toBe(404)
  expect(askedFor('link')).toEqual([])
})
