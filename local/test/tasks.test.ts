import { DatabaseSync } from 'node:sqlite'
import { CreateTopicCommand } from '@aws-sdk/client-sns'
import { createLambda } from '../src/lambda/lambda.ts'
import type { Lambda } from '../src/lambda/port.ts'
import { createLogs } from '../src/logs/logs.ts'
import { TaskError } from '../src/states/errors.ts'
import { taskRunner } from '../src/tasks.ts'
import { openPost, type Post, temporaryDirectory } from './messaging/support.ts'

let post: Post
let lambda: Lambda
beforeEach(async () => {
  post = await openPost(temporaryDirectory())
  const store = new DatabaseSync(':memory:')
  const { endpointUrl } = post.gateway
  const logs = createLogs({ store })
  lambda = createLambda({ region: 'us-east-1', accountId: '000000000000', endpointUrl, logs, store })
})
afterEach(async () => {
  await lambda.stop()
  await post.close()
})

test.each([
  [
    'arn:aws:states:::dynamodb:putItem',
    {},
    'States.Runtime',
    /no integration arn:aws:states:::dynamodb:putItem, only .*lambda:invoke/,
  ],
  ['arn:aws:states:::lambda:invoke.waitForTaskToken', {}, 'States.Runtime', /no integration/],
  ['arn:aws:states:::lambda:invoke', { Payload: {} }, 'States.Runtime', /Arguments are wrong: FunctionName/],
  [
    'arn:aws:states:::lambda:invoke',
    { FunctionName: 'none' },
    'Lambda.ResourceNotFoundException',
    /Function not found: .*:none/,
  ],
  ['arn:aws:lambda:us-east-1:000000000000:function:none', {}, 'Lambda.ResourceNotFoundException', /Function not found/],
  [
    'arn:aws:states:::sns:publish',
    { TopicArn: 'arn:aws:sns:us-east-1:000000000000:none', Message: 'x' },
    'SNS.NotFoundException',
    /Topic does not exist \(Service: SNS, Status Code: 404/,
  ],
  [
    'arn:aws:states:::sqs:sendMessage',
    { QueueUrl: 'http://127.0.0.1/000000000000/none', MessageBody: 'x' },
    'SQS.QueueDoesNotExistException',
    /does not exist/,
  ],
])('%s with %j fails as %s', async (resource, args, error, cause) => {
  const failure = await run(resource, args).catch((thrown: unknown) => thrown)
  expect(failure).toBeInstanceOf(TaskError)
  expect(failure).toMatchObject({ error, cause: expect.stringMatching(cause) })
})

test('a message that is not text is published as JSON, with its attributes', async () => {
  const { TopicArn } = await post.sns.send(new CreateTopicCommand({ Name: 'files' }))
  const { sns } = post.messaging.fauxqs
  sns.subscribe(TopicArn as string, 'email', 'a@example.com', { FilterPolicy: '{"status":["ready"]}' })
  const MessageAttributes = { status: { DataType: 'String', StringValue: 'ready' } }
  await run('arn:aws:states:::sns:publish', { TopicArn, Message: { rows: 3 }, MessageAttributes })
  expect(post.messaging.outbox.list()[0]?.text).toMatch(/^\{"rows":3\}\n/)
})

function run(resource: string, args: unknown) {
  const task = { resource, arguments: args, signal: new AbortController().signal }
  return taskRunner({ lambda, messaging: post.messaging })({
    ...task,
    roleArn: 'arn:aws:iam::000000000000:role/machine',
    session: 'e',
  })
}
