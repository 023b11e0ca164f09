import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import {
  GetEventSourceMappingCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda'
import { createMappings, type Mapping, type Mappings } from '../../src/lambda/mappings.ts'
import type { Handler } from '../../src/protocol.ts'
import { listen } from './bundle.ts'

const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:requests.fifo'
const mapping: Mapping = {
  ...{ uuid: '0a1b2c3d-0000-0000-0000-000000000000', queueArn: QUEUE, batchSize: 1, enabled: true },
  functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:start',
  reportBatchItemFailures: true,
}

let directory: string
let store: DatabaseSync
/** What became of each source, in order. */
let events: string[]
/** Ends a `drain` that is under way. */
let drained: (() => void) | undefined
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'carryout-mappings-'))
  store = new DatabaseSync(join(directory, 'carryout.db'))
  events = []
})
afterEach(() => {
  store.close()
  rmSync(directory, { recursive: true })
})

/** As at a start of the local cloud, or after a deployment. */
async function setUp(given: Mapping[] = [mapping]) {
  const mappings: Mappings = createMappings({
    store,
    mappings: given,
    poll: () => {
      events.push('polls')
      return {
        drain: () => new Promise<void>((resolve) => (drained = resolve)).then(() => void events.push('drained')),
        stop: async () => void events.push('stopped'),
      }
    },
  })
  const rest: Handler = async (_, response) => void response.writeHead(418).end('{}')
  const server = await listen(mappings.handler(rest))
  const client = new LambdaClient({
    ...{ endpoint: server.url, region: 'us-east-1', maxAttempts: 1 },
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  })
  mappings.start()
  return {
    client,
    enable: (Enabled: boolean) => client.send(new UpdateEventSourceMappingCommand({ UUID: mapping.uuid, Enabled })),
    state: async () => (await client.send(new GetEventSourceMappingCommand({ UUID: mapping.uuid }))).State,
    async [Symbol.asyncDispose]() {
      client.destroy()
      await server[Symbol.asyncDispose]()
      await mappings.stop()
    },
  }
}

test('a mapping being disabled takes no new messages, and refuses other changes until it is disabled', async () => {
  await using at = await setUp()
  expect(await at.state()).toBe('Enabled')
  expect((await at.enable(false)).State).toBe('Disabling')
  await expect(at.enable(true)).rejects.toMatchObject({ name: 'ResourceInUseException' })
  drained!()
  expect(await at.state()).toBe('Disabled')
  expect((await at.enable(true)).State).toBe('Enabling')
  expect(await at.state()).toBe('Enabled')
  expect(events).toEqual(['polls', 'drained', 'polls'])
})

test('a mapping that was disabled stays so after a restart with the same template', async () => {
  {
    await using at = await setUp()
    await at.enable(false)
    drained!()
  }
  events = []
  await using again = await setUp()
  expect([await again.state(), events]).toEqual(['Disabled', []])
  await again.enable(true)
  expect(events).toEqual(['polls'])
})

test('a deployment that changes a disabled mapping resets it to the template', async () => {
  {
    await using at = await setUp()
    await at.enable(false)
    drained!()
  }
  await using deployed = await setUp([{ ...mapping, batchSize: 2 }])
  expect(await deployed.state()).toBe('Enabled')
})

test('a mapping is found by its queue and by its function', async () => {
  const other = { ...mapping, uuid: 'other', queueArn: `${QUEUE}.other`, functionArn: `${mapping.functionArn}-other` }
  await using at = await setUp([mapping, other])
  const find = async (filter: { EventSourceArn?: string; FunctionName?: string }) => {
    const { EventSourceMappings = [] } = await at.client.send(new ListEventSourceMappingsCommand(filter))
    return EventSourceMappings.map(({ UUID }) => UUID)
  }
  expect(await find({})).toEqual([mapping.uuid, 'other'])
  expect(await find({ EventSourceArn: QUEUE })).toEqual([mapping.uuid])
  expect(await find({ FunctionName: 'start-other' })).toEqual(['other'])
  expect(await find({ FunctionName: mapping.functionArn })).toEqual([mapping.uuid])
})

test('a missing mapping and an unsupported change are reported', async () => {
  await using at = await setUp()
  await expect(at.client.send(new GetEventSourceMappingCommand({ UUID: 'none' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  })
  const change = new UpdateEventSourceMappingCommand({ UUID: mapping.uuid, BatchSize: 5 })
  await expect(at.client.send(change)).rejects.toThrow('cannot change a mapping’s BatchSize')
})
