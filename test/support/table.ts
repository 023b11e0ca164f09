/** The table of requests in dynalite. Calls bypass the network, which would take most of the time of a thousand calls. */
import { Readable } from 'node:stream'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { Table } from '../../functions/common/table.ts'
import { openDynamoDb } from '../../local/src/dynamodb/dynamodb.ts'
import { openStore } from '../../local/src/store.ts'
import { REGION, temporaryDirectory } from '../../local/test/messaging/support.ts'
import { TABLE_INDEXES, TABLE_KEYS } from '../../statemachine/table.ts'

export async function openTables() {
  const store = openStore(temporaryDirectory())
  const stateDirectory = temporaryDirectory()
  const dynamo = await openDynamoDb({ store, stateDirectory, region: REGION, accountId: '000000000000' })
  /** Request handler that replaces the network in any AWS client. */
  const requestHandler = {
    async handle({ headers, body }: { headers: Record<string, string>; body: Uint8Array }) {
      const operation = headers['x-amz-target']!.split('.')[1]!
      const [statusCode, answer] = await dynamo
        .run(operation, JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString()))
        .then(
          (output) => [200, output] as const,
          (error: { statusCode: number; body: object }) => [error.statusCode, error.body] as const,
        )
      return { response: { statusCode, headers: {}, body: Readable.from([Buffer.from(JSON.stringify(answer))]) } }
    },
  }
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  // Requests are not signed, because dynalite does not check signatures and signing takes as long as the table itself.
  const signer = { sign: async <T>(request: T) => request }
  const options = { endpoint: 'http://127.0.0.1:1', region: REGION, credentials, requestHandler, signer }
  const client = new DynamoDBClient(options)
  return {
    /** Options for clients of the table. */
    options,
    async make(TableName: string) {
      await dynamo.putTable({ ...DEFINITION, TableName })
      return { table: new Table(TableName, client), client, dynamo }
    },
    async close() {
      await dynamo.stop()
      store.close()
    },
  }
}

const key = (partition: string, sort: string) => [
  { AttributeName: partition, KeyType: 'HASH' as const },
  { AttributeName: sort, KeyType: 'RANGE' as const },
]
const names = [
  TABLE_KEYS.partition,
  TABLE_KEYS.sort,
  ...Object.values(TABLE_INDEXES).flatMap(({ partition, sort }) => [partition, sort]),
]
const DEFINITION = {
  AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
  KeySchema: key(TABLE_KEYS.partition, TABLE_KEYS.sort),
  GlobalSecondaryIndexes: Object.values(TABLE_INDEXES).map(({ name, partition, sort }) => ({
    IndexName: name,
    KeySchema: key(partition, sort),
    Projection: { ProjectionType: 'ALL' },
  })),
  timeToLiveAttribute: TABLE_KEYS.timeToLive,
}
