/** The functions that events call: a request on the queue, and a change of an execution's status. */
import { Duration, Size } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { env } from '../functions/common/environment.ts'
import type { DownloadMachine } from './download-machine.ts'
import type { DownloadQueue } from './download-queue.ts'
import { grantCall, HandlerFunction } from './handler-function.ts'
import { LONGEST_INVOCATION } from './settings.ts'
import type { Parts } from './state-functions.ts'

/** What these functions are made from besides. */
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
    description: 'Enters each change of an execution’s status into the table, and counts what ended',
    timeout: Duration.seconds(30),
    memory: Size.mebibytes(256),
  })
  record.addEnvironment(env.NAME, environment.prefix)
  table.grantEnter(record)
  machine.onChange(record)
  return record
}

/** @param called it asks `exportChunk` in an outage whether the database answers, and has `notify` tell the operator */
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
    // There is one message group, so one is all that is ever called. A message of another group waits as throttled until
    // the one at work has ended, and is then moved into the group.
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
