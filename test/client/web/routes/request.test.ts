/** Requesting a download from a page. */
import { givenDownloads, refusalOf, USER } from '../scripted.ts'

test('a request is accepted with its download, which waits', async () => {
  const { post, askedFor } = givenDownloads()
  const response = await post('', { export: 'orders', params: { from: '2026-01-01' }, format: 'csv' })
  expect([response.status, await response.json()]).toMatchObject([
    202,
    { outcome: 'requested', download: { export: 'orders', format: 'csv', status: 'waiting' } },
  ])
  expect(askedFor('request')).toMatchObject([[{ export: 'orders', params: { from: '2026-01-01' }, requestedBy: USER }]])
})

test.each<[unknown, number, string]>([
  ['{', 400, 'The request must be sent as JSON.'],
  [{ export: 'orders', parms: {} }, 422, 'parms is not known; did you mean params?'],
  [{}, 422, 'The request is not valid: export is missing'],
])('the body %j is refused with %d, and nothing is sent', async (body, status, sentence) => {
  const { post, askedFor } = givenDownloads()
  expect(await refusalOf(post('', body))).toEqual([status, 'InvalidRequest', sentence])
  expect(askedFor('request')).toEqual([])
})
