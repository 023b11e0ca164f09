/** A Step Functions service behind a port, and the SDK's client in front of it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  type HistoryEvent,
  paginateGetExecutionHistory,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn'
import type { Disk } from '../../src/disk.ts'
import { createStates, type Doubts, type States, type TaskRunner } from '../../src/states/service.ts'

export const ROLE = 'arn:aws:iam::000000000000:role/states'
export const INVOKE = 'arn:aws:states:::lambda:invoke'

export interface Cloud {
  client: SFNClient
  states: States
  store: DatabaseSync
  /** Creates a machine of these states, the first one being the start. */
  machine(states: Record<string, object>, rest?: object): Promise<string>
  start(machineArn: string, input?: unknown, name?: string): Promise<string>
  /** Waits until the execution has ended. */
  ended(executionArn: string): Promise<DescribeExecutionCommandOutput>
  /** Runs a machine of these states to its end. */
  run(states: Record<string, object>, input?: unknown, rest?: object): Promise<Ended>
  history(executionArn: string): Promise<HistoryEvent[]>
  close(): Promise<void>
}

/** An execution's end; `output` is parsed. */
export type Ended = Omit<DescribeExecutionCommandOutput, 'output'> & { output: unknown }

export async function openCloud(
  runTask: TaskRunner = echo,
  options: { now?: () => number; delayScale?: number; doubts?: Doubts; disk?: Disk } = {},
): Promise<Cloud> {
  const store = new DatabaseSync(':memory:')
  const states = createStates({ store, region: 'eu-west-1', accountId: '000000000000', runTask, ...options })
  // A busy machine lets a client rest for longer than Node's usual five seconds.
  const server = createServer(
    { keepAliveTimeout: 60_000 },
    (request, response) => void states.handler(request, response),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client = new SFNClient({
    region: 'eu-west-1',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  })
  let machines = 0
  const cloud: Cloud = {
    client,
    states,
    store,
    async machine(list, rest = {}) {
      const definition = JSON.stringify({
        QueryLanguage: 'JSONata',
        StartAt: Object.keys(list)[0],
        States: list,
        ...rest,
      })
      const command = new CreateStateMachineCommand({ name: `machine-${machines++}`, definition, roleArn: ROLE })
      return (await client.send(command)).stateMachineArn as string
    },
    async start(stateMachineArn, input = {}, name) {
      const command = new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input), name })
      return (await client.send(command)).executionArn as string
    },
    async ended(executionArn) {
      for (;;) {
        const described = await client.send(new DescribeExecutionCommand({ executionArn })).catch((error) => {
          // Where it is described late, as a test may want it.
          if (!options.doubts?.lagMillis || error.name !== 'ExecutionDoesNotExist') throw error
        })
        if (described && described.status !== 'RUNNING') return described
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    },
    async run(list, input, rest) {
      const { output, ...described } = await cloud.ended(await cloud.start(await cloud.machine(list, rest), input))
      return { ...described, output: output === undefined ? undefined : JSON.parse(output) }
    },
    async history(executionArn) {
      const events: HistoryEvent[] = []
      for await (const page of paginateGetExecutionHistory({ client }, { executionArn, maxResults: 1000 })) {
        events.push(...(page.events ?? []))
      }
      return events
    },
    async close() {
      await states.stop()
      client.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      store.close()
    },
  }
  return cloud
}

/** A runner that returns its arguments. */
export const echo: TaskRunner = async ({ arguments: args }) => args

export function types(events: HistoryEvent[]): string[] {
  return events.map(({ type }) => type as string)
}

/** A Task that ends its scope unless `rest` says otherwise. */
export function task(rest: object = {}): object {
  return { Type: 'Task', Resource: INVOKE, ...('Next' in rest ? {} : { End: true }), ...rest }
}
