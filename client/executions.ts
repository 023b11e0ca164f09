/** The state machine's executions by name, as Step Functions knows them. */
import { createHash } from 'node:crypto'
import {
  DescribeExecutionCommand,
  DescribeStateMachineForExecutionCommand,
  ExecutionDoesNotExist,
  ExecutionNotRedrivable,
  type ExecutionStatus,
  type HistoryEvent,
  paginateListExecutions,
  RedriveExecutionCommand,
  type SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn'
import { NoSuchExecution } from './errors.ts'
import { type Execution, toExecution } from './execution.ts'
import { readHistory } from './history.ts'
import type { Parts } from './parts.ts'

/** DescribeExecution has a quota of 15 per second in smaller regions. */
const DESCRIBED_AT_ONCE = 5

export class Executions {
  readonly #sfn: SFNClient
  readonly #parts: () => Promise<Parts>

  /** @param parts looked up at the first use of an execution */
  constructor(sfn: SFNClient, parts: () => Promise<Parts>) {
    this.#sfn = sfn
    this.#parts = parts
  }

  /** @throws NoSuchExecution */
  async get(id: string): Promise<Execution> {
    const described = await this.#ask(id, (executionArn) =>
      this.#sfn.send(new DescribeExecutionCommand({ executionArn })),
    )
    return toExecution(described)
  }

  /** @returns undefined if there is no execution with this name */
  async status(id: string): Promise<ExecutionStatus | undefined> {
    try {
      return (await this.get(id)).status
    } catch (error) {
      if (error instanceof NoSuchExecution) return undefined
      throw error
    }
  }

  /** Lists executions, newest first. Step Functions lists new ones with a short delay. */
  async list({ status, limit }: { status: ExecutionStatus | undefined; limit: number }): Promise<Execution[]> {
    const { stateMachineArn } = await this.#parts()
    const pages = paginateListExecutions(
      { client: this.#sfn, pageSize: Math.min(limit, 1000) },
      { stateMachineArn, ...(status && { statusFilter: status }) },
    )
    const ids: string[] = []
    for await (const { executions = [] } of pages) {
      ids.push(...executions.map(({ name }) => name!))
      if (ids.length >= limit) break
    }
    const found: Execution[] = []
    for (let at = 0; at < Math.min(ids.length, limit); at += DESCRIBED_AT_ONCE) {
      const some = ids.slice(at, Math.min(at + DESCRIBED_AT_ONCE, limit))
      found.push(...(await Promise.all(some.map((id) => this.get(id)))))
    }
    return found
  }

  /**
   * Returns the events of its history with a higher number than `after`, oldest first.
   *
   * @param after 0 for the whole history
   * @throws NoSuchExecution
   */
  async events(id: string, after: number): Promise<HistoryEvent[]> {
    return await this.#ask(id, (executionArn) => readHistory(this.#sfn, executionArn, after))
  }

  /** Returns the definition that this execution runs, in Amazon States Language. @throws NoSuchExecution */
  async definition(id: string): Promise<string> {
    const { definition = '{}' } = await this.#ask(id, (executionArn) =>
      this.#sfn.send(new DescribeStateMachineForExecutionCommand({ executionArn })),
    )
    return definition
  }

  /** @throws NoSuchExecution */
  async stop(id: string, { error, cause }: { error: string; cause: string }): Promise<void> {
    const told = { error, cause: cause.toWellFormed() }
    await this.#ask(id, (executionArn) => this.#sfn.send(new StopExecutionCommand({ executionArn, ...told })))
  }

  /**
   * Redrives an execution. If two callers redrive the same run, it happens once and both get the same result.
   *
   * @param redriveCount how often it had been redriven before
   * @returns false if AWS refuses although it said that the execution can be redriven: somebody else redrove it, or its
   * 14 days have just ended
   * @throws NoSuchExecution
   */
  async redrive(id: string, redriveCount: number): Promise<boolean> {
    // A token has at most 64 characters, an id up to 80.
    const clientToken = createHash('sha256').update(`${id}-${redriveCount}`).digest('hex')
    try {
      await this.#ask(id, (executionArn) => this.#sfn.send(new RedriveExecutionCommand({ executionArn, clientToken })))
      return true
    } catch (error) {
      if (error instanceof ExecutionNotRedrivable) return false
      throw error
    }
  }

  /** @throws NoSuchExecution */
  async #ask<T>(id: string, ask: (executionArn: string) => Promise<T>): Promise<T> {
    const { stateMachineArn } = await this.#parts()
    try {
      return await ask(`${stateMachineArn.replace(':stateMachine:', ':execution:')}:${id}`)
    } catch (error) {
      throw isMissing(error) ? new NoSuchExecution(id, { cause: error }) : error
    }
  }
}

/**
 * Whether the execution does not exist. An id that cannot name an execution makes an invalid ARN, which means the same.
 */
function isMissing(error: unknown): boolean {
  return error instanceof ExecutionDoesNotExist || (error instanceof Error && error.name === 'InvalidArn')
}
