/** Many executions that failed for three causes, and their replay in bulk, halfway through which the local cloud is killed. */
import { setTimeout as sleep } from 'node:timers/promises'
import { DescribeExecutionCommand, paginateListExecutions, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn'
import { createOperator, type OperatorClient } from '../../client/operator.ts'
import { givenRequest } from './pipeline.ts'

/** A local cloud in a process of its own, with the sample shop. */
export interface Killable {
  /** Of the process that runs now. */
  endpoint(): string
  /** Kills it without a warning, and starts it again on what it kept. */
  restart(): Promise<void>
  /** A statement as the database's administrator. */
  sql(statement: string): Promise<void>
}

const CAUSES = [{}, { export: 'ordres' }, { params: { from: '2026-01-01' } }]
const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' }

function operatorOf(cloud: Killable): OperatorClient {
  return createOperator({ stackName: 'Carryout' }, connection(cloud))
}

/**
 * Executions that fail: a third each since a table is missing, of an export that is not there, and without a parameter.
 * The table is back when this returns.
 *
 * @returns their ids
 */
export async function failMany(cloud: Killable, count: number): Promise<string[]> {
  const operator = operatorOf(cloud)
  const { stateMachineArn } = await operator.parts()
  const sfn = new SFNClient(connection(cloud))
  const ids = Array.from({ length: count }, (_, index) => `many-${String(index).padStart(4, '0')}`)
  await cloud.sql('RENAME TABLE customers TO gone')
  const rest = ids.entries()
  const work = async () => {
    for (const [index, id] of rest) {
      const input = JSON.stringify(givenRequest({ id, ...CAUSES[index % CAUSES.length] }))
      const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn, name: id, input }))
      while ((await sfn.send(new DescribeExecutionCommand({ executionArn }))).status === 'RUNNING') await sleep(50)
    }
  }
  // A few wait for no slot.
  await Promise.all(Array.from({ length: Math.ceil(count / 100) }, work))
  while ((await operator.failures()).count < count) await sleep(100)
  await cloud.sql('RENAME TABLE gone TO customers')
  sfn.destroy()
  return ids
}

/**
 * Replays all failures in bulk, and kills the cloud as often as is said, at moments that are spread over the replay.
 *
 * @returns the bulk replay in the end, and how often each execution was redriven
 */
export async function replayThroughKills(cloud: Killable, { name, kills }: { name: string; kills: number }) {
  let operator = operatorOf(cloud)
  const { count } = await operator.replayAll({ name, filter: {}, by: 'ops', why: 'repaired' })
  for (let kill = 1; kill <= kills; kill++) {
    await until(async () => (await operator.bulkReplay(name))!.replayed >= (count * kill) / (kills + 1))
    // Not only right after a redrive that was noted.
    await sleep((kill * 37) % 60)
    await cloud.restart()
    operator = operatorOf(cloud)
  }
  await until(async () => (await operator.bulkReplay(name))!.state === 'done')
  return { replay: (await operator.bulkReplay(name))!, redrives: await redrivesOf(cloud) }
}

/** By the execution's name, once each has ended. */
async function redrivesOf(cloud: Killable): Promise<Record<string, number>> {
  const { stateMachineArn } = await operatorOf(cloud).parts()
  const client = new SFNClient(connection(cloud))
  const redrives: Record<string, number> = {}
  for await (const { executions = [] } of paginateListExecutions({ client }, { stateMachineArn, maxResults: 1000 })) {
    for (const { executionArn, name } of executions) {
      for (;;) {
        const { status, redriveCount = 0 } = await client.send(new DescribeExecutionCommand({ executionArn }))
        redrives[name!] = redriveCount
        if (status !== 'RUNNING') break
        await sleep(50)
      }
    }
  }
  client.destroy()
  return redrives
}

async function until(isSo: () => Promise<boolean>) {
  while (!(await isSo())) await sleep(50)
}

function connection(cloud: Killable) {
  return { endpoint: cloud.endpoint(), region: 'us-east-1', credentials: CREDENTIALS }
}
