import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import {
  type AttributeValue,
  BatchWriteItemCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { type DynamoDb, openDynamoDb } from '../../src/dynamodb/dynamodb.ts'
import { type Gateway, startGateway } from '../../src/gateway.ts'
import { openStore } from '../../src/store.ts'
import { dynamoDbTypes } from '../../src/template/resources/dynamodb.ts'
import { bootStack } from '../../src/template/stack.ts'
import { clientConfig, temporaryDirectory } from '../messaging/support.ts'

const DAY = 86_400
const NOW = 1_800_000_000
const place = { region: 'ap-northeast-1', accountId: '000000000000' }
let directory: string
let store: DatabaseSync
let dynamodb: DynamoDb
let gateway: Gateway
let client: DynamoDBClient
beforeEach(async () => {
  directory = temporaryDirectory()
  await open()
})
afterEach(async () => {
  await close()
  rmSync(directory, { recursive: true })
})

test('a template’s table can be used as soon as the stack has booted', async () => {
  const { outputs, unsupported } = await boot(requests())
  expect(unsupported).toEqual([])
  expect(outputs).toMatchObject([
    { key: 'Name', value: expect.stringMatching(/^Shop-Requests-[0-9a-f]{12}$/) },
    { key: 'Arn', value: expect.stringMatching(/^arn:aws:dynamodb:ap-northeast-1:000000000000:table\/Shop-Requests-/) },
  ])
  const TableName = outputs[0]?.value as string
  const { Table } = await client.send(new DescribeTableCommand({ TableName }))
  expect(Table).toMatchObject({ TableStatus: 'ACTIVE', BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' } })
  expect(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName)).toEqual(['byRequester'])
  const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName }))
  expect(TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' })
  await put(TableName, { id: { S: 'r1' }, requester: { S: '山田🍱' }, at: { N: '2' } })
  await put(TableName, { id: { S: 'r2' }, requester: { S: '山田🍱' }, at: { N: '10' } })
  await put(TableName, { id: { S: 'r3' }, requester: { S: 'other' }, at: { N: '3' } })
  expect(await byRequester(TableName, '山田🍱')).toEqual(['r1', 'r2'])
})

test('a condition that fails is the SDK’s ConditionalCheckFailedException, and one of two claims wins', async () => {
  const TableName = await givenTable()
  const claim = () =>
    client.send(
      new PutItemCommand({
        TableName,
        Item: { id: { S: 'sent' } },
        ConditionExpression: 'attribute_not_exists(id)',
      }),
    )
  const claims = await Promise.allSettled(Array.from({ length: 8 }, claim))
  expect(claims.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  await expect(claim()).rejects.toMatchObject({
    name: 'ConditionalCheckFailedException',
    message: 'The conditional request failed',
  })
})

test('items, indexes and their order outlive the process', async () => {
  const TableName = await givenTable()
  for (let n = 0; n < 30; n++) await put(TableName, { id: { S: `r${n}` }, requester: { S: 'a' }, at: { N: String(n) } })
  await client.send(
    new UpdateItemCommand({
      TableName,
      Key: { id: { S: 'r5' } },
      UpdateExpression: 'SET #s = :done, n = if_not_exists(n, :zero) + :one',
      ExpressionAttributeNames: { '#s': 'state' },
      ExpressionAttributeValues: { ':done': { S: 'done' }, ':zero': { N: '0' }, ':one': { N: '1' } },
    }),
  )
  await close()
  await open()
  await boot(requests())
  expect(await byRequester(TableName, 'a')).toEqual(Array.from({ length: 30 }, (_, n) => `r${n}`))
  expect(await get(TableName, 'r5')).toMatchObject({ state: { S: 'done' }, n: { N: '1' } })
})

test('a query reads 1 MB or up to its limit, and continues after that, in either direction', async () => {
  const TableName = await givenTable()
  const text = { S: 'x'.repeat(3_000) }
  const ids = Array.from({ length: 500 }, (_, n) => `r${n}`)
  for (let from = 0; from < ids.length; from += 25) {
    const puts = ids.slice(from, from + 25).map((id, index) => {
      return { PutRequest: { Item: { id: { S: id }, requester: { S: 'a' }, at: { N: String(from + index) }, text } } }
    })
    await client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: puts } }))
  }
  const pages = async (input: { ScanIndexForward?: boolean; Limit?: number }) => {
    const found: string[][] = []
    let ExclusiveStartKey: Record<string, AttributeValue> | undefined
    do {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName,
          IndexName: 'byRequester',
          KeyConditionExpression: 'requester = :r',
          ExpressionAttributeValues: { ':r': { S: 'a' } },
          ProjectionExpression: 'id',
          ...(ExclusiveStartKey && { ExclusiveStartKey }),
          ...input,
        }),
      )
      found.push(Items.map(({ id }) => id!.S!))
      ExclusiveStartKey = LastEvaluatedKey
    } while (ExclusiveStartKey)
    return found
  }
  const large = await pages({})
  expect([large.length, large.flat()]).toEqual([2, ids])
  const small = await pages({ ScanIndexForward: false, Limit: 200 })
  expect([small.map(({ length }) => length), small.flat()]).toEqual([[200, 200, 100], ids.toReversed()])
})

test('an index that the template adds holds the items that were there before', async () => {
  const TableName = await givenTable()
  for (let n = 0; n < 60; n++) await put(TableName, { id: { S: `r${n}` }, state: { S: n % 2 ? 'failed' : 'done' } })
  const index = {
    IndexName: 'byState',
    KeySchema: [{ AttributeName: 'state', KeyType: 'HASH' }],
    Projection: { ProjectionType: 'ALL' },
  }
  await boot(requests([index], [{ AttributeName: 'state', AttributeType: 'S' }]))
  const { Count } = await client.send(
    new QueryCommand({
      TableName,
      IndexName: 'byState',
      KeyConditionExpression: '#s = :s',
      ExpressionAttributeNames: { '#s': 'state' },
      ExpressionAttributeValues: { ':s': { S: 'failed' } },
    }),
  )
  expect(Count).toBe(30)
  expect((await client.send(new ScanCommand({ TableName }))).Count).toBe(60)
})

test('items are deleted after their expiry, but not those whose expiry is not a valid time', async () => {
  const TableName = await givenTable()
  const ttl = { past: NOW - 1, future: NOW + DAY, ancient: NOW - 6 * 365 * DAY }
  for (const [id, expiresAt] of Object.entries(ttl))
    await put(TableName, { id: { S: id }, expiresAt: { N: String(expiresAt) } })
  await put(TableName, { id: { S: 'text' }, expiresAt: { S: String(NOW - 1) } })
  await put(TableName, { id: { S: 'none' } })
  expect(await get(TableName, 'past')).toBeDefined()
  await dynamodb.deleteExpired()
  const { Items = [] } = await client.send(new ScanCommand({ TableName }))
  expect(Items.map(({ id }) => id?.S).sort()).toEqual(['ancient', 'future', 'none', 'text'])
})

test('invalid requests are refused with DynamoDB’s errors', async () => {
  const TableName = await givenTable()
  await expect(get('nowhere', 'x')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  await expect(put(TableName, { other: { S: 'x' } })).rejects.toMatchObject({ name: 'ValidationException' })
  const target = (name: string) =>
    fetch(gateway.endpointUrl, {
      method: 'POST',
      headers: {
        'x-amz-target': name,
        authorization: 'AWS4-HMAC-SHA256 Credential=a/20261127/x/dynamodb/aws4_request',
      },
      body: '{}',
    }).then((response) => response.json())
  for (const name of ['DynamoDB_20120810.constructor', 'DynamoDB_20120810.TransactWriteItems', 'Other.GetItem']) {
    expect(await target(name)).toMatchObject({ __type: 'UnknownOperationException' })
  }
})

test('tables that cannot be read are named with their state directory', async () => {
  await close()
  writeFileSync(join(directory, 'dynamodb', 'CURRENT'), 'zeroed\n')
  store = openStore(directory)
  await expect(openDynamoDb({ ...place, store, stateDirectory: directory })).rejects.toMatchObject({
    name: 'StateUnusable',
    message: expect.stringContaining(directory),
  })
  store.close()
  rmSync(join(directory, 'dynamodb'), { recursive: true })
  await open()
})

async function open() {
  store = openStore(directory)
  dynamodb = await openDynamoDb({ ...place, store, stateDirectory: directory, now: () => NOW * 1000 })
  gateway = await startGateway({ port: 0 })
  gateway.services.set('dynamodb', dynamodb.handler)
  client = new DynamoDBClient(clientConfig(gateway.endpointUrl))
}

async function close() {
  client.destroy()
  await gateway.stop()
  await dynamodb.stop()
  store.close()
}

function requests(indexes: object[] = [], attributes: object[] = []) {
  return {
    Resources: {
      Requests: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [
            { AttributeName: 'id', AttributeType: 'S' },
            { AttributeName: 'requester', AttributeType: 'S' },
            { AttributeName: 'at', AttributeType: 'N' },
            ...attributes,
          ],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          GlobalSecondaryIndexes: [
            {
              IndexName: 'byRequester',
              KeySchema: [
                { AttributeName: 'requester', KeyType: 'HASH' },
                { AttributeName: 'at', KeyType: 'RANGE' },
              ],
              Projection: { ProjectionType: 'ALL' },
            },
            ...indexes,
          ],
          TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        },
      },
    },
    Outputs: { Name: { Value: { Ref: 'Requests' } }, Arn: { Value: { 'Fn::GetAtt': ['Requests', 'Arn'] } } },
  }
}

function boot(template: object) {
  const source = { name: 'Shop', template: template as never, assets: new Map() }
  return bootStack(source, { store, ...place, types: dynamoDbTypes(dynamodb) })
}

async function givenTable(): Promise<string> {
  return (await boot(requests())).outputs[0]?.value as string
}

function put(TableName: string, Item: Record<string, AttributeValue>) {
  return client.send(new PutItemCommand({ TableName, Item }))
}

async function get(TableName: string, id: string) {
  return (await client.send(new GetItemCommand({ TableName, Key: { id: { S: id } } }))).Item
}

async function byRequester(TableName: string, requester: string) {
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName,
      IndexName: 'byRequester',
      KeyConditionExpression: 'requester = :r',
      ExpressionAttributeValues: { ':r': { S: requester } },
    }),
  )
  return Items.map(({ id }) => id?.S)
}
