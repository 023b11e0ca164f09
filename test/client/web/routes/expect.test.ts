/** What to expect of an export before it is requested. */
import { givenDownloads, givenEntry, READY, refusalOf, USER } from '../scripted.ts'

const LINE = ['1#a', '1#b'].map((place) => ({ place, export: 'orders' }))
const RUN = givenEntry({ ...READY, startedAt: '2026-07-01T00:01:00.000Z', endedAt: '2026-07-01T00:02:30.600Z' })

test('an export has what its newest runs took, and how many wait', async () => {
  const { get, askedFor } = givenDownloads({ table: { newest: () => [RUN], line: () => LINE } })
  const response = await get('/expect?export=orders')
  expect([response.status, await response.json()]).toEqual([
    200,
    { export: 'orders', seconds: 91, bytes: 70, waiting: 2 },
  ])
  expect(askedFor('newest')).toEqual([['ready']])
})

test('an export that has not run lately has no more than how many wait', async () => {
  const { get } = givenDownloads({ table: { newest: () => [RUN] } })
  const none = { seconds: null, bytes: null, waiting: 0 }
  expect(await (await get('/expect?export=customers')).json()).toEqual({ export: 'customers', ...none })
})

test.each(['/expect', '/expect?export='])('%s names no export', async (path) => {
  expect(await refusalOf(givenDownloads().get(path))).toEqual([
    ...[422, 'InvalidRequest', 'export is missing: the name of the export'],
  ])
})

test('a user who may not request the export does not learn of it', async () => {
  const wishes: unknown[] = []
  const allow = (wish: unknown) => {
    wishes.push(wish)
    return 'Only the head office may.'
  }
  const { get, askedFor } = givenDownloads({ allow })
  expect(await refusalOf(get('/expect?export=orders'))).toEqual([403, 'NotAllowed', 'Only the head office may.'])
  expect([wishes, askedFor('newest')]).toEqual([[{ user: USER, export: 'orders', params: {} }], []])
})
