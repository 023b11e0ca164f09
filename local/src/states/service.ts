/** Step Functions for JSONata state machines of the type STANDARD, durable in the store. */

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
  /** The API, target prefix `AWSStepFunctions`. */
  readonly handler: Handler
  /**
   * Creates the machine or brings it up to date.
   *
   * @returns its ARN.
   * @throws AwsError InvalidName, InvalidArn, InvalidDefinition, StateMachineTypeNotSupported
   */
  createStateMachine(properties: MachineProperties): string
  /** What StartExecution answers. @throws AwsError */
  startExecution(input: { stateMachineArn: string; input: string; name?: string }): Promise<object> | object
  /** What RedriveExecution answers. @throws AwsError */
  redriveExecution(input: { executionArn: string }): Promise<object> | object
  /** What DescribeExecution answers. @throws AwsError ExecutionDoesNotExist */
  describeExecution(executionArn: string): Record<string, unknown>
  /** Goes on with the executions that were RUNNING when the last process ended, however it ended. */
  resume(): Promise<void>
  /** Stops running work without changing any execution's status, so that a restart goes on. */
  stop(): Promise<void>
  /**
   * Tells of every event once it is written. A listener must not throw.
   *
   * @returns how to stop it.
   */
  onEvent(listener: (executionArn: string, event: HistoryEvent) => void): () => void
}

export interface StatesOptions {
  store: DatabaseSync
  region: string
  accountId: string
  /** Runs what the Tasks stand for; throws TaskError. */
  runTask: TaskRunner
  /** Epoch milliseconds. @default Date.now */
  now?: () => number
  /** What Wait and Retry delays are multiplied by, for tests of patient retries. @default 1 */
  delayScale?: number | undefined
  /** Which of AWS's doubtful ways it has. */
  doubts?: Doubts | undefined
  /** How many events a history may have. @default AWS's 25,000 */
  eventLimit?: number | undefined
  /** Where executions wait while it is full. */
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
