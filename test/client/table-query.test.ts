/** Queries that DynamoDB answers in pages. */
import type { DynamoDBClient, QueryCommand, QueryCommandInput } from '@aws-sdk/client-dynamodb'
import { queryAll, queryPages, type TableName } from '../../client/table-query.ts'

const QUERY = { KeyConditionExpression: '#pk = :pk', ExpressionAttributeNames: { '#pk': 'pk' } }
const item = (id: string) => ({ id: { S: id } })
const START = { pk: { S: 'b' } }

/** @param pages the items of each page; the last one may be empty */
function givenTable(pages: string[][]) {
  const asked: QueryCommandInput[] = []
  const send = async ({ input }: QueryCommand) => {
    const page = pages[asked.push(input) - 1]
    if (!page) throw new Error('There are no more pages.')
    return {
      ...(page.length > 0 && { Items: page.map(item) }),
      ...(asked.length < pages.length && { LastEvaluatedKey: START }),
    }
  }
  const table: TableName = { client: { send } as unknown as DynamoDBClient, name: 'downloads' }
  return { table, asked }
}

test('each page begins where the one before ended, and the last is known as such', async () => {
  const { table, asked } = givenTable([['a', 'b'], ['c'], []])
  const seen: unknown[] = []
  for await (const page of queryPages<{ id: string }>(table, QUERY)) seen.push(page)
  expect(seen).toEqual([
    { items: [{ id: 'a' }, { id: 'b' }], isLast: false },
    { items: [{ id: 'c' }], isLast: false },
    { items: [], isLast: true },
  ])
  const first = { ...QUERY, TableName: 'downloads' }
  expect(asked).toEqual([first, { ...first, ExclusiveStartKey: START }, { ...first, ExclusiveStartKey: START }])
})

test('the first page may be of another size than the others', async () => {
  const { table, asked } = givenTable([['a'], ['b'], ['c']])
  const pages = queryPages(table, QUERY, (isFirst) => (isFirst ? 40 : 1_000))
  for await (const _ of pages);
  expect(asked.map(({ Limit }) => Limit)).toEqual([40, 1_000, 1_000])
})

test('a page is read only once it is asked for', async () => {
  const { table, asked } = givenTable([['a'], ['b']])
  for await (const _ of queryPages(table, QUERY)) break
  expect(asked).toHaveLength(1)
})

test('all items can be read at once', async () => {
  expect(await queryAll(givenTable([['a', 'b'], ['c']]).table, QUERY)).toEqual(['a', 'b', 'c'].map((id) => ({ id })))
})
