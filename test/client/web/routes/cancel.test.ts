/** Cancelling a download that waits or runs. */
import type { DownloadView } from '../../../../client/web/contract.ts'
import type { DownloadEntry } from '../../../../statemachine/table.ts'
import { givenDownloads, givenEntry, READY, refusalOf, USER } from '../scripted.ts'

/** @param after what the table has after the cancellation, where it has changed by then */
async function cancel(before: Partial<DownloadEntry>, was: string, after: Partial<DownloadEntry> = {}) {
  const entries = [givenEntry(before)]
  const client = {
    cancel: () => {
      entries[0] = givenEntry({ ...before, ...after })
      return was
    },
  }
  const { get, post, askedFor } = givenDownloads({ entries, client })
  // The page has watched it until now.
  await get('/orders-1')
  const response = await post('/orders-1/cancel')
  expect(askedFor('cancel')).toEqual([['orders-1', { by: USER }]])
  return [response.status, (await response.json()) as DownloadView] as const
}

test.each(['waiting', 'running'] as const)(
  'a %s download is cancelled from now, although the table lags',
  async (state) => {
    const [status, view] = await cancel({ state }, state)
    expect([status, view]).toMatchObject([200, { id: 'orders-1', status: 'cancelled', position: null, error: null }])
    expect(Math.abs(Date.parse(view.endedAt!) - Date.now())).toBeLessThan(60_000)
  },
)

test('a cancelled download has the end that the table has', async () => {
  const endedAt = '2026-07-01T00:04:59.000Z'
  const [, view] = await cancel({}, 'waiting', { state: 'cancelled', endedAt })
  expect(view).toMatchObject({ status: 'cancelled', endedAt })
})

test('a download that is over is left as it is, and shown as it is now', async () => {
  const [status, view] = await cancel({ state: 'running' }, 'over', READY)
  expect([status, view]).toMatchObject([200, { status: 'ready', file: { name: 'orders.csv' } }])
})

test('another user’s download is not found, and not cancelled', async () => {
  const { post, askedFor } = givenDownloads({ entries: [givenEntry({ requester: 'taro@example.com' })] })
  expect(await refusalOf(post('/orders-1/cancel'))).toEqual([404, 'NotFound', 'Download not found.'])
  expect(askedFor('cancel')).toEqual([])
})
