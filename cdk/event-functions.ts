/** The functions that events call: requests on the queue, and changes of an execution's status. */
import { Duration, Size } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { env } from '../functions/common/environment.ts'
import type { DownloadMachine } from './download-machine.ts'
import type { DownloadQueue } from './download-queue.ts'
import { grantCall, HandlerFunction } from './handler-function.ts'
import { LONGEST_INVOCATION } from './settings.ts'
import type { Parts } from './state-functions.ts'

/** The parts that these functions need in addition. */
export interface WithMachine extends Parts {
  readonly machine: DownloadMachine
}

export function makeDiscard(scope: Construct, { environment, downloads, machine }: WithMachine): HandlerFunction {
  const discard = new HandlerFunction(scope, 'Discard', {
    ...environment,
    handler: 'discard',
    description: 'Deletes what a stopped execution left in the bucket',
    timeout: Duration.minutes(5),
    memory: Size.mebibytes(256),
  })
  downloads.grantDiscard(discard)
  machine.onStopped(discard)
  return discard
}

export function makeRecord(scope: Construct, { environment, table, machine }: WithMachine): HandlerFunction {
  const record = new HandlerFunction(scope, 'Record', {
    ...environment,
    handler: 'record',
    description: 'Writes each change of an execution’s status to the table, and counts executions that ended',
    timeout: Duration.seconds(30),
    memory: Size.mebibytes(256),
  })
  record.addEnvironment(env.NAME, environment.prefix)
  table.grantEnter(record)
  machine.onChange(record)
  return record
}

/**
 * @param called functions that it calls in an outage: `exportChunk` checks whether the database answers, and `notify`
 * tells the operator
 */
export function makeStart(
  scope: Construct,
  { environment, settings, table, machine }: WithMachine,
  queue: DownloadQueue,
  called: { exportChunk: HandlerFunction; notify: HandlerFunction },
): HandlerFunction {
  const start = new HandlerFunction(scope, 'Start', {
    ...environment,
    handler: 'start',
    description: 'Starts the execution of the next request once fewer than maxRunning run',
    timeout: LONGEST_INVOCATION,
    memory: Size.mebibytes(256),
    // There is one message group, so one invocation at a time suffices. A message of another group is throttled until
    // the current one has ended, and is then moved into the group.
    reservedConcurrency: 1,
    isItsOwnSender: true,
  })
  queue.deliverTo(start)
  machine.grantStart(start)
  grantCall(start, { [env.EXPORT_CHUNK_FUNCTION]: called.exportChunk, [env.NOTIFY_FUNCTION]: called.notify })
  start.addEnvironment(env.MAX_RUNNING, String(settings.maxRunning))
  start.addEnvironment(env.NAME, environment.prefix)
  table.grantOrder(start)
  return start
}
