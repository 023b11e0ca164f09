/**
 * The operations on executions that `start` needs: count the running ones, start or redrive one, and wait until it is
 * visible.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type ExecutionListItem,
  ExecutionNotRedrivable,
  ListExecutionsCommand,
  RedriveExecutionCommand,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn'
import type { ExecutionInput } from './execution-input.ts'

const FIRST_WAIT_MILLIS = 200
const LONGEST_WAIT_MILLIS = 5_000

export class Executions {
  readonly #client: SFNClient
  readonly #stateMachineArn: string

  constructor(client: SFNClient, stateMachineArn: string) {
    this.#client = client
    this.#stateMachineArn = stateMachineArn
  }

  /**
   * Waits until fewer than `maxRunning` executions run.
   *
   * @param deadline epoch milliseconds
   * @returns false if no slot became free before the deadline
   */
  waitForSlot(maxRunning: number, deadline: number): Promise<boolean> {
    return until(deadline, async (signal) => (await this.#running(signal)).length < maxRunning)
  }

  /** Returns whether fewer than `maxRunning` executions run now. */
  async hasSlot(maxRunning: number, deadline: number): Promise<boolean> {
    return (await this.#running(signalAt(deadline))).length < maxRunning
  }

  /** @returns undefined if there is no execution with this name */
  async describe(name: string, deadline: number): Promise<DescribeExecutionOutput | undefined> {
    const command = new DescribeExecutionCommand({ executionArn: this.#arn(name) })
    try {
      return await this.#client.send(command, { abortSignal: signalAt(deadline) })
    } catch (error) {
      if (error instanceof ExecutionDoesNotExist) return undefined
      throw error
    }
  }

  /**
   * @param deadline epoch milliseconds; a call without a response by then fails
   * @returns false if an execution with this name already exists
   */
  async start({ name, input }: ExecutionInput, deadline: number): Promise<boolean> {
    const command = new StartExecutionCommand({ stateMachineArn: this.#stateMachineArn, name, input })
    try {
      await this.#client.send(command, { abortSignal: signalAt(deadline) })
      return true
    } catch (error) {
      if (error instanceof ExecutionAlreadyExists) return false
      throw error
    }
  }

  /**
   * @param clientToken makes a second call of the same redrive have no effect
   * @returns AWS's reason if the execution cannot be redriven
   */
  async redrive(name: string, clientToken: string, deadline: number): Promise<string | undefined> {
    const command = new RedriveExecutionCommand({ executionArn: this.#arn(name), clientToken })
    try {
      await this.#client.send(command, { abortSignal: signalAt(deadline) })
      return undefined
    } catch (error) {
      if (error instanceof ExecutionNotRedrivable) return error.message
      throw error
    }
  }

  /**
   * Waits until ListExecutions, which is eventually consistent, includes the execution. The next request must not be
   * admitted before this one is counted.
   *
   * @param redriveCount which of its runs must be visible
   */
  waitUntilVisible(name: string, redriveCount: number, deadline: number): Promise<boolean> {
    return until(deadline, async (signal) => {
      if ((await this.#running(signal)).some((execution) => execution.name === name)) return true
      const found = await this.describe(name, deadline)
      return found !== undefined && found.status !== 'RUNNING' && (found.redriveCount ?? 0) >= redriveCount
    })
  }

  async #running(abortSignal: AbortSignal): Promise<ExecutionListItem[]> {
    const { executions = [] } = await this.#client.send(
      new ListExecutionsCommand({ stateMachineArn: this.#stateMachineArn, statusFilter: 'RUNNING' }),
      { abortSignal },
    )
    return executions
  }

  #arn(name: string): string {
    return `${this.#stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`
  }
}

/** Asks repeatedly, with growing pauses, until the answer is yes or the deadline has passed. */
async function until(deadline: number, ask: (signal: AbortSignal) => Promise<boolean>): Promise<boolean> {
  const signal = signalAt(deadline)
  for (let wait = FIRST_WAIT_MILLIS; ; wait = Math.min(wait * 1.5, LONGEST_WAIT_MILLIS)) {
    if (await ask(signal)) return true
    if (Date.now() + wait > deadline) return false
    await sleep(wait)
  }
}

function signalAt(deadline: number): AbortSignal {
  return AbortSignal.timeout(Math.max(deadline - Date.now(), 0))
}
