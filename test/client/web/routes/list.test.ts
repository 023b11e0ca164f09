/** A user's downloads, one page at a time. */
import { InvalidRequest } from '../../../../statemachine/errors.ts'
import { givenDownloads, givenEntry, READY, refusalOf, USER } from '../scripted.ts'

test('a page has the user’s downloads as views, and where the next one begins', async () => {
  const entries = [givenEntry({ id: 'new' }), givenEntry({ ...READY, id: 'old' })]
  const { get, askedFor } = givenDownloads({ client: { downloads: () => ({ downloads: entries, cursor: 'abc' }) } })
  const response = await get('')
  const views = [
    { id: 'new', status: 'waiting' },
    { id: 'old', status: 'ready' },
  ]
  expect([response.status, await response.json()]).toMatchObject([200, { downloads: views, next: 'abc' }])
  expect(askedFor('downloads')).toEqual([[{ requestedBy: USER, limit: 20 }]])
  // The progress of a running one is not read for a list.
  expect(askedFor('refresh')).toEqual([])
})

test('a page may have 1 to 100 downloads, and begins after the one before', async () => {
  const { get, askedFor } = givenDownloads()
  for (const path of ['?limit=1', '?limit=100&after=abc', '?after=']) expect((await get(path)).status).toBe(200)
  expect(askedFor('downloads')).toEqual([
    [{ requestedBy: USER, limit: 1 }],
    [{ requestedBy: USER, limit: 100, cursor: 'abc' }],
    [{ requestedBy: USER, limit: 20, cursor: '' }],
  ])
})

test.each(['0', '101', '1.5', '-1', 'all', ''])('a page of “%s” is refused', async (limit) => {
  const { get, askedFor } = givenDownloads()
  expect(await refusalOf(get(`?limit=${limit}`))).toEqual([
    ...[422, 'InvalidRequest', 'limit must be a number from 1 to 100'],
  ])
  expect(askedFor('downloads')).toEqual([])
})

test('a cursor that is not from the page before is refused, and any other error is not the page’s', async () => {
  const refusing = (error: Error) =>
    givenDownloads({
      client: {
        downloads: () => {
          throw error
        },
      },
    }).get('?after=x')
  expect(await refusalOf(refusing(new InvalidRequest('The cursor is not valid.')))).toEqual([
    ...[422, 'InvalidRequest', 'after must be the value of next on the previous page'],
  ])
  expect((await refusing(Object.assign(new Error('Rate exceeded'), { $metadata: {} }))).status).toBe(503)
})
