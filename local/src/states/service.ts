/** Step Functions for JSONata state machines of type STANDARD, stored durably. */

import type { DatabaseSync } from 'node:sqlite'
import { awsArn } from '../arn.ts'
import { type Disk, watchDisk } from '../disk.ts'
import { awsJson, type Handler, type Operation } from '../protocol.ts'
import type { Doubts } from './doubts.ts'
import type { Surroundings } from './execution.ts'
import { Executions } from './executions.ts'
import { EVENT_LIMIT, type HistoryEvent } from './history.ts'
import { Journal } from './journal.ts'
import { type MachineProperties, Machines } from './machines.ts'
import type { TaskRunner } from './task-runner.ts'
import { Views } from './views.ts'

export type { Doubts } from './doubts.ts'
export { TaskError } from './errors.ts'
export type { HistoryEvent } from './history.ts'
export type { MachineProperties } from './machines.ts'
export type { TaskRunner } from './task-runner.ts'

export interface States {
  /** Handles the API with the target prefix `AWSStepFunctions`. */
  readonly handler: Handler
  /**
   * Creates or updates the machine.
   *
   * @returns its ARN
   * @throws AwsError InvalidName, InvalidArn, InvalidDefinition, StateMachineTypeNotSupported
   */
  createStateMachine(properties: MachineProperties): string
  /** Returns the response of StartExecution. @throws AwsError */
  startExecution(input: { stateMachineArn: string; input: string; name?: string }): Promise<object> | object
  /** Returns the response of RedriveExecution. @throws AwsError */
  redriveExecution(input: { executionArn: string }): Promise<object> | object
  /** Returns the response of DescribeExecution. @throws AwsError ExecutionDoesNotExist */
  describeExecution(executionArn: string): Record<string, unknown>
  /** Continues the executions that were RUNNING when the last process ended in any way. */
  resume(): Promise<void>
  /** Stops running work without changing any execution's status, so that a restart continues it. */
  stop(): Promise<void>
  /**
   * Calls the listener with every event after it is written. A listener must not throw.
   *
   * @returns a function that stops it
   */
  onEvent(listener: (executionArn: string, event: HistoryEvent) => void): () => void
}

export interface StatesOptions {
  store: DatabaseSync
  region: string
  accountId: string
  /** Runs the resources of Tasks; throws TaskError. */
  runTask: TaskRunner
  /** Epoch milliseconds. @default Date.now */
  now?: () => number
  /** Factor for Wait and Retry delays, for tests of long retries. @default 1 */
  delayScale?: number | undefined
  /** The doubtful behaviours of AWS to use. */
  doubts?: Doubts | undefined
  /** The maximum number of events in a history. @default AWS's 25,000 */
  eventLimit?: number | undefined
  /** Executions wait while this disk is full. */
  disk?: Disk | undefined
}

export function createStates(options: StatesOptions): States {
  const { store, region, accountId, runTask, now = Date.now, delayScale = 1, doubts = {}, disk = watchDisk() } = options
  const { eventLimit = EVENT_LIMIT } = options
  const listeners = new Set<(executionArn: string, event: HistoryEvent) => void>()
  const journal = new Journal(store)
  const emit: Surroundings['emit'] = (arn, event) => {
    for (const listener of listeners) listener(arn, event)
  }
  const machines = new Machines(journal, awsArn('states', 'stateMachine:', { region, accountId }), now)
  const views = new Views(journal, now, doubts.lagMillis)
  const around = { journal, region, runTask, now, delayScale, doubts, eventLimit, disk, views, emit }
  const executions = new Executions(around, machines)
  return {
    handler: awsJson({ ...machines.operations, ...executions.operations }),
    createStateMachine: (properties) => machines.ensure(properties),
    startExecution: (input) => (executions.operations.StartExecution as Operation)(input),
    redriveExecution: (input) => (executions.operations.RedriveExecution as Operation)(input),
    describeExecution: (executionArn) => executions.describe(executionArn),
    resume: async () => executions.resume(),
    stop: () => executions.stop(),
    onEvent(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
