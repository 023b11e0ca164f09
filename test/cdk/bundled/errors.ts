/** Asks a server that answers with errors, and prints what becomes of them. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  type DynamoDBServiceException,
} from '@aws-sdk/client-dynamodb'

const NAMES = ['ConditionalCheckFailedException', 'ResourceNotFoundException']
let name = ''

const server = createServer((request, response) => {
  request.resume().on('end', () => {
    const body = {
      __type: `com.amazonaws.dynamodb.v20120810#${name}`,
      message: `This is ${name}`,
      Item: { id: { S: '1' } },
    }
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': 'a-request' })
    response.end(JSON.stringify(body))
  })
})

server.listen(0, '127.0.0.1', async () => {
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    region: 'eu-west-1',
  })
  const told = []
  for (name of NAMES) {
    const error = await client
      .send(new DeleteItemCommand({ TableName: 'downloads', Key: { id: { S: '1' } } }))
      .then(() => undefined)
      .catch((caught: DynamoDBServiceException & { Item?: unknown }) => caught)
    const { $fault, $metadata, message, Item } = error!
    const isClass = error instanceof ConditionalCheckFailedException
    told.push({ name: error!.name, isClass, message, Item, $fault, requestId: $metadata.requestId })
  }
  process.stdout.write(JSON.stringify(told))
  process.exit()
})
