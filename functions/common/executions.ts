/** The state machine's executions as `start` needs them: how many run, start one, and wait until it can be seen. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ListExecutionsCommand,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn'
import type { SQSRecord } from 'aws-lambda'
import { type ExecutionInput, unusable } from './execution-input.ts'

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
   * Waits until fewer than `maxRunning` executions run, or until the named one does (then its message came twice).
   *
   * @param deadline epoch milliseconds
   * @returns false when no slot became free before the deadline
   */
  waitForSlot(name: string, maxRunning: number, deadline: number): Promise<boolean> {
    return until(deadline, async (abortSignal) => {
      const { executions = [] } = await this.#client.send(
        new ListExecutionsCommand({ stateMachineArn: this.#stateMachineArn, statusFilter: 'RUNNING' }),
        { abortSignal },
      )
      return executions.length < maxRunning || executions.some((execution) => execution.name === name)
    })
  }

  /**
   * Starts the execution. One that exists already with the same input is success: the message came twice. With
   * another input it is another request under a used id, which becomes an execution of its own that says so.
   *
   * @param deadline epoch milliseconds; a call that has not been answered by then fails
   * @returns the name of the execution that was started, or undefined when the message had one already
   */
  async start(execution: ExecutionInput, record: SQSRecord, deadline: number): Promise<string | undefined> {
    const abortSignal = signalAt(deadline)
    if (await this.#startNew(execution, abortSignal)) return execution.name
    const executionArn = `${this.#stateMachineArn.replace(':stateMachine:', ':execution:')}:${execution.name}`
    const { input } = await this.#client.send(new DescribeExecutionCommand({ executionArn }), { abortSignal })
    if (input === execution.input) return undefined
    const problem = `The id “${execution.name}” belongs to another request; send this one with a new id.`
    const refused = unusable(record, problem, JSON.parse(execution.input) as Record<string, unknown>)
    return (await this.#startNew(refused, abortSignal)) ? refused.name : undefined
  }

  /** ListExecutions is eventually consistent: the next request must not be admitted before this one is counted. */
  waitUntilVisible(name: string, deadline: number): Promise<boolean> {
    return until(deadline, async (abortSignal) => {
      const { executions = [] } = await this.#client.send(
        new ListExecutionsCommand({ stateMachineArn: this.#stateMachineArn, maxResults: 100 }),
        { abortSignal },
      )
      return executions.some((execution) => execution.name === name)
    })
  }

  async #startNew({ name, input }: ExecutionInput, abortSignal: AbortSignal): Promise<boolean> {
    const command = new StartExecutionCommand({ stateMachineArn: this.#stateMachineArn, name, input })
    try {
      await this.#client.send(command, { abortSignal })
      return true
    } catch (error) {
      if (error instanceof ExecutionAlreadyExists) return false
      throw error
    }
  }
}

/** Asks again and again, ever more slowly, until the answer is yes or the deadline has passed. */
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
