/** The interface of the emulated Lambda for the rest of the local cloud. */
import { AwsError, type Handler } from '../protocol.ts'
import type { FunctionDefinition } from './definition.ts'
import type { Outcome } from './environment.ts'

export type UrlAuthType = 'NONE' | 'AWS_IAM'

/**
 * Runs a function for a Task.
 *
 * @param payload any JSON value
 * @param signal stops waiting; the invocation continues, as after StopExecution on AWS
 * @returns the function's result
 * @throws LambdaTaskFailed with the function's own error name, `Sandbox.Timedout`, `Runtime.ExitError` or `Lambda.…`;
 * AbortError once the signal is aborted
 */
export type InvokeForStates = (nameOrArn: string, payload: unknown, signal?: AbortSignal) => Promise<unknown>

export interface InvokeOptions {
  /** Stops waiting; the invocation continues. */
  signal?: AbortSignal
  /** JSON of the caller's client context. */
  clientContext?: string
  requestId?: string
  /** The trace of the message that it is called with. */
  trace?: string | undefined
}

export interface InvokeResult extends Outcome {
  executedVersion: '$LATEST'
  requestId: string
}

/** An error of Lambda itself rather than of the function. */
export interface Refusal {
  /** `ResourceNotReadyException`, `EC2ThrottledException`, … */
  code: string
  /** How many invocations get this error. */
  times: number
  /** @default 502, as for a network that is not ready */
  status?: number
}

export interface Lambda {
  /** The REST API. */
  readonly handler: Handler
  /** Handles requests whose path begins with `/lambda-url/`. */
  readonly functionUrlHandler: Handler
  /** Creates or replaces a function; running invocations finish with the old one. */
  createFunction(definition: FunctionDefinition): void
  /** @throws AwsError ResourceNotFoundException */
  getFunction(nameOrArn: string): FunctionDefinition
  listFunctions(): FunctionDefinition[]
  /**
   * Loads the function ahead of its first invocation, as Lambda occasionally does on its own. Resolves when it is loaded,
   * or cannot be, which the invocation then reports.
   *
   * @throws AwsError ResourceNotFoundException
   * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
   */
  warm(nameOrArn: string): Promise<void>
  /**
   * Runs the function and waits for its result; a thrown error is also a result (`functionError`).
   *
   * @param payload JSON
   * @throws AwsError TooManyRequestsException beyond the reserved concurrency, ResourceNotFoundException,
   * ServiceException when the local cloud stops
   */
  invoke(nameOrArn: string, payload: string, options?: InvokeOptions): Promise<InvokeResult>
  /**
   * Runs the function without waiting, with Lambda's retries: twice after a failure, and after throttling until it is
   * over. The event survives a restart.
   */
  invokeLater(nameOrArn: string, payload: string, requestId: string): void
  /** Continues the events of an earlier process; called once all functions exist. */
  resume(): void
  /** Returns how many events wait, run or wait for a retry. */
  pendingEvents(): number
  /** Sets how the function's asynchronous invocations are retried, and where failures are sent. */
  configureEvents(nameOrArn: string, asynchronous: FunctionDefinition['asynchronous'] & object): void
  readonly invokeForStates: InvokeForStates
  /** Fails the next invocations like a function that is not ready, which does not happen on a laptop; for tests. */
  refuse(nameOrArn: string, refusal: Refusal): void
  /** @returns `<endpointUrl>/lambda-url/<id>/`, which stays the same after a restart */
  createFunctionUrl(nameOrArn: string, options: { authType: UrlAuthType }): string
  /** Ends every environment; running invocations reject. */
  stop(): Promise<void>
}

/** The reserved concurrency is used up. REST responses include the reason. */
export class TooManyRequests extends AwsError {
  readonly reason = 'ReservedFunctionConcurrentInvocationLimitExceeded'
  constructor() {
    super('TooManyRequestsException', 'Rate Exceeded.', 429)
  }
}
