/** Asks a server that answers with errors, and prints what becomes of them. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  type DynamoDBServiceException,
} from '@aws-sdk/client-dynamodb'
import { DeleteMessageCommand, QueueDoesNotExist, SQSClient } from '@aws-sdk/client-sqs'

const NAMES = ['ConditionalCheckFailedException', 'ResourceNotFoundException']
let name = ''

const server = createServer((request, response) => {
  const isQueue = `${request.headers['x-amz-target']}`.startsWith('AmazonSQS')
  request.resume().on('end', () => {
    const shape = isQueue ? 'com.amazonaws.sqs#QueueDoesNotExist' : `com.amazonaws.dynamodb.v20120810#${name}`
    response.writeHead(400, {
      'content-type': 'application/x-amz-json-1.0',
      'x-amzn-requestid': 'a-request',
      ...(isQueue && { 'x-amzn-query-error': 'AWS.SimpleQueueService.NonExistentQueue;Sender' }),
    })
    response.end(JSON.stringify({ __type: shape, message: `This is ${name}`, Item: { id: { S: '1' } } }))
  })
})

server.listen(0, '127.0.0.1', async () => {
  const options = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    region: 'eu-west-1',
  }
  const client = new DynamoDBClient(options)
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
  const queue = { QueueUrl: 'https://sqs.eu-west-1.amazonaws.com/1/downloads', ReceiptHandle: 'none' }
  const error = await new SQSClient(options).send(new DeleteMessageCommand(queue)).catch((caught: Error) => caught)
  const isClass = error instanceof QueueDoesNotExist
  told.push({
    name: (error as Error).name,
    isClass,
    className: error.constructor.name,
    ...(isClass && { $fault: error.$fault }),
  })
  process.stdout.write(JSON.stringify(told))
  process.exit()
})
