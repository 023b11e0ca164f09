import { SFNClient } from '@aws-sdk/client-sfn'
import { readHistory } from '../../client/history.ts'
import { answering } from '../support/answering.ts'

test('the whole history is read in as few pages as possible, oldest first', async () => {
  const { client, sizes } = givenHistory(2_500)
  const events = await readHistory(client, 'arn', 0)
  expect(events.map(({ id }) => id)).toEqual(Array.from({ length: 2_500 }, (_, index) => index + 1))
  expect(sizes).toEqual([1_000, 1_000, 1_000])
})

test('only new events are read, from the end, until one is known', async () => {
  const { client, sizes } = givenHistory(2_500)
  expect((await readHistory(client, 'arn', 2_497)).map(({ id }) => id)).toEqual([2_498, 2_499, 2_500])
  expect(sizes).toHaveLength(1)
  expect(sizes[0]).toBeLessThan(1_000)
  expect((await readHistory(client, 'arn', 2_300)).map(({ id }) => id)).toEqual(
    Array.from({ length: 200 }, (_, index) => 2_301 + index),
  )
})

test('nothing is new in a history that was read before, or has no events', async () => {
  expect(await readHistory(givenHistory(7).client, 'arn', 7)).toEqual([])
  expect(await readHistory(givenHistory(0).client, 'arn', 0)).toEqual([])
})

/** A history of so many events, which gives at most 1,000 in a page, as Step Functions does. */
function givenHistory(count: number) {
  const sizes: number[] = []
  const { options } = answering(({ fields: { maxResults, nextToken = '0', reverseOrder } }) => {
    sizes.push(maxResults)
    if (maxResults > 1_000) throw new Error('AWS refuses more than 1000')
    const from = Number(nextToken)
    const ids = Array.from({ length: count }, (_, index) => (reverseOrder ? count - index : index + 1))
    const events = ids.slice(from, from + maxResults).map((id) => ({ id, type: 'TaskStarted', timestamp: id }))
    if (count === 0) return {}
    return { events, ...(from + maxResults < count && { nextToken: String(from + maxResults) }) }
  })
  return { client: new SFNClient(options), sizes }
}
