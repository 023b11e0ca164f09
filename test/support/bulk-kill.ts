/** Makes many executions fail for three causes, and replays them in bulk while the local cloud is killed. */
import { setTimeout as sleep } from 'node:timers/promises'
import { DescribeExecutionCommand, paginateListExecutions, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn'
import { createOperator, type OperatorClient } from '../../client/operator.ts'
import { givenRequest } from './pipeline.ts'

/** A local cloud in a separate process, with the sample shop. */
export interface Killable {
  /** Endpoint of the current process. */
  endpoint(): string
  /** Kills the process with SIGKILL, and starts it again on the same state. */
  restart(): Promise<void>
  /** Runs a statement as the database's administrator. */
  sql(statement: string): Promise<void>
}

const CAUSES = [{}, { export: 'ordres' }, { params: { from: '2026-01-01' } }]
const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' }

function operatorOf(cloud: Killable): OperatorClient {
  return createOperator({ stackName: 'Carryout' }, connection(cloud))
}

/**
 * Makes executions that fail: a third each because of a missing table, an unknown export, and a missing parameter.
 * The table exists again when this returns.
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
  // With few concurrent requests, none waits for a slot.
  await Promise.all(Array.from({ length: Math.ceil(count / 100) }, work))
  while ((await operator.failures()).count < count) await sleep(100)
  await cloud.sql('RENAME TABLE gone TO customers')
  sfn.destroy()
  return ids
}

/**
 * Replays all failures in bulk, and kills the cloud `kills` times, at moments spread over the replay.
 *
 * @returns the final state of the bulk replay, and how often each execution was redriven
 */
export async function replayThroughKills(cloud: Killable, { name, kills }: { name: string; kills: number }) {
  let operator = operatorOf(cloud)
  const { count } = await operator.replayAll({ name, filter: {}, by: 'ops', why: 'repaired' })
  for (let kill = 1; kill <= kills; kill++) {
    await until(async () => (await operator.bulkReplay(name))!.replayed >= (count * kill) / (kills + 1))
    // The delay varies the moment, which otherwise would always be right after a recorded redrive.
    await sleep((kill * 37) % 60)
    await cloud.restart()
    operator = operatorOf(cloud)
  }
  await until(async () => (await operator.bulkReplay(name))!.state === 'done')
  return { replay: (await operator.bulkReplay(name))!, redrives: await redrivesOf(cloud) }
}

/** Waits until all executions have ended. @returns the number of redrives by the execution's name */
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
