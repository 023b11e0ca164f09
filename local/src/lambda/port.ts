/** What the emulated Lambda offers to the rest of the local cloud. */
import { AwsError, type Handler } from '../protocol.ts'
import type { FunctionDefinition } from './definition.ts'
import type { Outcome } from './environment.ts'

export type UrlAuthType = 'NONE' | 'AWS_IAM'

/**
 * Runs a function for a Task.
 *
 * @param payload any JSON value.
 * @param signal ends the waiting; the invocation goes on, as after StopExecution on AWS.
 * @returns the function's result.
 * @throws LambdaTaskFailed with the function's own error name, `Sandbox.Timedout`, `Runtime.ExitError` or `Lambda.…`;
 *   AbortError once the signal is aborted.
 */
export type InvokeForStates = (nameOrArn: string, payload: unknown, signal?: AbortSignal) => Promise<unknown>

export interface InvokeOptions {
  /** Ends the waiting, not the invocation. */
  signal?: AbortSignal
  /** JSON of the caller's client context. */
  clientContext?: string
  requestId?: string
  /** Of the message that it is called with. */
  trace?: string | undefined
}

export interface InvokeResult extends Outcome {
  executedVersion: '$LATEST'
  requestId: string
}

/** An error that Lambda itself answers with, not the function. */
export interface Refusal {
  /** `ResourceNotReadyException`, `EC2ThrottledException`, … */
  code: string
  /** How many invocations are answered so. */
  times: number
  /** @default 502, as of a network that is not ready */
  status?: number
}

export interface Lambda {
  /** The REST API. */
  readonly handler: Handler
  /** Answers requests whose path begins with `/lambda-url/`. */
  readonly functionUrlHandler: Handler
  /** Makes a function or puts another in its place; invocations under way end with the old one. */
  createFunction(definition: FunctionDefinition): void
  /** @throws AwsError ResourceNotFoundException */
  getFunction(nameOrArn: string): FunctionDefinition
  listFunctions(): FunctionDefinition[]
  /**
   * Runs the function and waits for its outcome; what it throws is an outcome too (`functionError`).
   *
   * @param payload JSON
   * @throws AwsError TooManyRequestsException beyond the reserved concurrency, ResourceNotFoundException,
   *   ServiceException when the local cloud stops.
   */
  invoke(nameOrArn: string, payload: string, options?: InvokeOptions): Promise<InvokeResult>
  /**
   * Runs the function without a waiter, with Lambda's retries: of a failure twice, of a throttle until it is over. The
   * event outlives the process.
   */
  invokeLater(nameOrArn: string, payload: string, requestId: string): void
  /** Goes on with the events of an earlier process; once all functions are there. */
  resume(): void
  /** How many events wait, run or wait for another attempt. */
  pendingEvents(): number
  /** How the function's asynchronous invocations are tried again, and where their failures go. */
  configureEvents(nameOrArn: string, asynchronous: FunctionDefinition['asynchronous'] & object): void
  readonly invokeForStates: InvokeForStates
  /** Answers the next invocations as of a function that is not ready, which no laptop has; for tests. */
  refuse(nameOrArn: string, refusal: Refusal): void
  /** @returns `<endpointUrl>/lambda-url/<id>/`; the same function has the same after a restart. */
  createFunctionUrl(nameOrArn: string, options: { authType: UrlAuthType }): string
  /** Ends every environment; invocations under way reject. */
  stop(): Promise<void>
}

/** The reserved concurrency is used up; REST answers carry the reason. */
export class TooManyRequests extends AwsError {
  readonly reason = 'ReservedFunctionConcurrentInvocationLimitExceeded'
  constructor() {
    super('TooManyRequestsException', 'Rate Exceeded.', 429)
  }
}
