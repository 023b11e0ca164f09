import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { HeadBucketCommand } from '@aws-sdk/client-s3'
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { DescribeExecutionCommand, StartExecutionCommand } from '@aws-sdk/client-sfn'
import { DeleteTopicCommand } from '@aws-sdk/client-sns'
import { GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import { startCloud } from '../../local/src/cloud.ts'
import { PortInUse, startGateway } from '../../local/src/gateway.ts'
import { StateUnusable } from '../../local/src/store.ts'
import { TemplateError } from '../../local/src/template/template.ts'
import { writeAssembly } from '../../local/test/assembly.ts'
import { startTestCloud, type TestCloud } from '../support/cloud.ts'
import { DATABASE_SECRET, TEMPLATE } from './cloud-template.ts'

let assembly: string
beforeAll(() => {
  assembly = mkdtempSync(join(tmpdir(), 'carryout-assembly-'))
  writeAssembly(assembly, TEMPLATE)
})
afterAll(() => rmSync(assembly, { recursive: true }))

describe('a cloud from a template', () => {
  let cloud: TestCloud
  beforeAll(async () => {
    cloud = await startTestCloud({ assembly, environment: { EXTRA: 'of the test' } })
  })
  afterAll(() => cloud.close())

  test('returns its outputs in-process and through CloudFormation', async () => {
    const { Stacks } = await cloud.clients.cloudFormation.send(new DescribeStacksCommand({ StackName: 'Shop' }))
    const outputs = Object.fromEntries(
      Stacks?.[0]?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]) ?? [],
    )
    expect(outputs).toEqual(cloud.outputs)
    expect(outputs.QueueUrl).toMatch(`${cloud.endpointUrl}/000000000000/`)
    await cloud.clients.s3.send(new HeadBucketCommand({ Bucket: outputs.Bucket }))
    expect(cloud.unsupported).toEqual(['AWS::Kinesis::Stream (Stream) is not supported.'])
  })

  test('gives functions the laptop’s database instead of the configured one, and its account in the secret', async () => {
    const { payload } = await cloud.lambda.invoke(cloud.outputs.Function as string, '{"show":"environment"}')
    expect(JSON.parse(payload)).toMatchObject({
      CARRYOUT_DATABASE_HOST: cloud.database.host,
      CARRYOUT_DATABASE_PORT: String(cloud.database.port),
      CARRYOUT_DATABASE_NAME: cloud.database.database,
      CARRYOUT_DATABASE_TLS: 'off',
      CARRYOUT_DATABASE_SECRET_ARN: DATABASE_SECRET,
      AWS_ENDPOINT_URL: cloud.endpointUrl,
      EXTRA: 'of the test',
    })
    const secret = await cloud.clients.secrets.send(new GetSecretValueCommand({ SecretId: DATABASE_SECRET }))
    expect(JSON.parse(secret.SecretString as string)).toEqual(cloud.database.exporter)
  })

  test('runs executions that call functions by integration and by ARN, publish and send', async () => {
    const { status, output } = await execute({ n: 4 })
    expect(status).toBe('SUCCEEDED')
    expect(JSON.parse(output as string)).toMatchObject({
      invoked: {
        ExecutedVersion: '$LATEST',
        Payload: { doubled: 8 },
        StatusCode: 200,
        SdkHttpMetadata: { HttpStatusCode: 200 },
      },
      called: { doubled: 16 },
      published: { MessageId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      sent: { MessageId: expect.stringMatching(/^[0-9a-f-]{36}$/), MD5OfMessageBody: expect.any(String) },
    })
    const [mail] = cloud.outbox.list()
    expect(mail).toMatchObject({ to: 'operator@example.com', from: 'Shop files', subject: 'Done' })
    expect(mail?.text).toMatch(/^\{"doubled":16\}\n/)
  })

  test('fails executions with the function’s own error name and cause', async () => {
    const { status, error, cause } = await execute({ fail: true })
    expect([status, error]).toEqual(['FAILED', 'NoSuchShop'])
    expect(JSON.parse(cause as string)).toMatchObject({ errorType: 'NoSuchShop', errorMessage: 'no shop' })
  })

  test('delivers the queue’s messages to its function, and moves failed ones to the dead-letter queue', async () => {
    const lines: string[] = []
    const end = cloud.logs.onLine(({ message }) => lines.push(message))
    for (const MessageBody of ['good', 'bad']) {
      await cloud.clients.sqs.send(
        new SendMessageCommand({ QueueUrl: cloud.outputs.QueueUrl, MessageBody, MessageGroupId: MessageBody }),
      )
    }
    await until(
      async () =>
        (await depth(cloud.outputs.DeadUrl as string)) === 1 && (await depth(cloud.outputs.QueueUrl as string)) === 0,
    )
    end()
    expect(lines.filter((line) => line.includes('record: good'))).toHaveLength(1)
    expect(lines.filter((line) => line.includes('record: bad'))).toHaveLength(2)
  })

  test('opens function URLs', async () => {
    const response = await fetch(`${cloud.outputs.FunctionUrl}some/path?show=path`)
    expect(await response.json()).toEqual({ path: '/some/path' })
  })

  test('fails a Task whose topic is gone with SNS’s error name', async () => {
    await cloud.clients.sns.send(new DeleteTopicCommand({ TopicArn: cloud.outputs.TopicArn }))
    const { status, error } = await execute({ n: 1 })
    expect([status, error]).toEqual(['FAILED', 'SNS.NotFoundException'])
  })

  test('restarts completely: the template’s topic, the generated secret, the same names', async () => {
    const key = async () =>
      (await cloud.clients.secrets.send(new GetSecretValueCommand({ SecretId: cloud.outputs.Key }))).SecretString
    const before = { outputs: cloud.outputs, key: await key() }
    expect(before.key).toMatch(/^[!-~]{32}$/)
    await cloud.restart()
    expect({ outputs: cloud.outputs, key: await key() }).toEqual(before)
    expect((await execute({ n: 1 })).status).toBe('SUCCEEDED')
  })

  async function execute(input: object) {
    const start = { stateMachineArn: cloud.outputs.MachineArn, input: JSON.stringify(input) }
    const { executionArn } = await cloud.clients.sfn.send(new StartExecutionCommand(start))
    for (;;) {
      const execution = await cloud.clients.sfn.send(new DescribeExecutionCommand({ executionArn }))
      if (execution.status !== 'RUNNING') return execution
      await sleep(20)
    }
  }

  async function depth(QueueUrl: string): Promise<number> {
    const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const
    const { Attributes = {} } = await cloud.clients.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }),
    )
    return AttributeNames.reduce((sum, name) => sum + Number(Attributes[name]), 0)
  }
})

describe('a boot that fails', () => {
  let stateDirectory: string
  beforeEach(() => {
    stateDirectory = mkdtempSync(join(tmpdir(), 'carryout-cloud-'))
  })
  afterEach(() => rmSync(stateDirectory, { recursive: true, force: true }))
  const boot = (options = {}) =>
    startCloud({
      port: 0,
      stateDirectory,
      assembly,
      database: 'shop',
      databaseUrl: 'mysql://a:b@127.0.0.1:1/x',
      ...options,
    })

  test('reports a port in use', async () => {
    const gateway = await startGateway({ port: 0 })
    await expect(boot({ port: gateway.port })).rejects.toThrow(PortInUse)
    await gateway.stop()
  })

  test.each(['carryout.db', 'messaging/fauxqs.db', 'lock.db'])(
    'reports a state directory whose %s is corrupt',
    async (file) => {
      givenStateDirectory()
      writeFileSync(join(stateDirectory, file), 'no database '.repeat(1000))
      await expect(boot()).rejects.toThrow(StateUnusable)
      await expect(boot()).rejects.toThrow(
        /cannot be used: .*\. (Lost are|It is only the lock: nothing is lost\.) .*Delete \S+ (to start afresh|and start again)/,
      )
    },
  )

  test('does not advise deleting a directory that holds no state of a local cloud', async () => {
    writeFileSync(join(stateDirectory, 'lock.db'), 'no database '.repeat(1000))
    await expect(boot()).rejects.toThrow(/cannot be used: .*\. Name another with --state <dir>\.$/)
  })

  test('reports a missing database, and leaves nothing open', async () => {
    await expect(boot()).rejects.toThrow(/nothing is listening at 127\.0\.0\.1:1/)
    await expect(boot()).rejects.toThrow(/nothing is listening/)
  })

  test('reports a folder that is not an assembly', async () => {
    const cloud = startTestCloud({ assembly: stateDirectory })
    await expect(cloud).rejects.toThrow(TemplateError)
    await expect(cloud).rejects.toThrow('is not a cloud assembly')
  })

  /** Creates files that every state directory contains. */
  function givenStateDirectory() {
    mkdirSync(join(stateDirectory, 'messaging'))
    writeFileSync(join(stateDirectory, 'carryout.db'), '')
  }
})

async function until(condition: () => Promise<boolean>) {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (await condition()) return
    await sleep(50)
  }
  throw new Error('It did not come about.')
}
