/** Calls the Data API for one database, retrying errors that pass. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  BeginTransactionCommand,
  CommitTransactionCommand,
  ExecuteStatementCommand,
  type ExecuteStatementCommandOutput,
  type RDSDataClient,
  RollbackTransactionCommand,
  type SqlParameter,
} from '@aws-sdk/client-rds-data'
import { asFailure, isPassing } from './failure.ts'

export interface DataApiAddress {
  client: RDSDataClient
  /** The cluster's ARN. */
  resourceArn: string
  /** The ARN of the secret with the account's name and password. */
  secretArn: string
  database: string
}

/**
 * How long calls are retried, in addition to the SDK's own retries, which do not cover a paused database or a busy
 * transaction.
 */
export interface Patience {
  /** The first wait. Each further one is twice as long, minus a random part. */
  firstMillis: number
  mostMillis: number
  /** How long one call may be retried. A paused Aurora may take a minute to resume. */
  totalMillis: number
  clock: Clock
}

/** The time and waiting, replaceable in tests. */
export interface Clock {
  now(): number
  /** @throws when the signal is aborted */
  sleep(millis: number, signal: AbortSignal): Promise<unknown>
}

export const PATIENCE: Patience = {
  ...{ firstMillis: 250, mostMillis: 8_000, totalMillis: 120_000 },
  clock: { now: Date.now, sleep: (millis, signal) => sleep(millis, undefined, { signal }) },
}

export interface NamedStatement {
  /** The statement, with `:name` for each parameter. */
  text: string
  parameters: SqlParameter[]
}

export class DataApi {
  readonly #address: DataApiAddress
  readonly #patience: Patience
  readonly #onServerError: ((message: string) => void) | undefined

  /**
   * @param onServerError is called with the server's complete message. It may quote values, so no error's message
   * contains it
   */
  constructor(address: DataApiAddress, patience: Patience, onServerError?: (message: string) => void) {
    this.#address = address
    this.#patience = patience
    this.#onServerError = onServerError
  }

  async begin(signal: AbortSignal): Promise<string> {
    const { client, database, ...target } = this.#address
    const { transactionId } = await this.#try(signal, (abortSignal) =>
      client.send(new BeginTransactionCommand({ ...target, database }), { abortSignal }),
    )
    return transactionId!
  }

  /** @throws the SDK's error, if it does not pass within the time for retries */
  execute(
    { text, parameters }: NamedStatement,
    signal: AbortSignal,
    { transactionId, withColumns = false }: { transactionId?: string | undefined; withColumns?: boolean } = {},
  ): Promise<ExecuteStatementCommandOutput> {
    const { client, database, ...target } = this.#address
    const command = () =>
      new ExecuteStatementCommand({
        ...target,
        database,
        sql: text,
        parameters,
        includeResultMetadata: withColumns,
        ...(transactionId === undefined ? {} : { transactionId }),
      })
    return this.#try(signal, (abortSignal) => client.send(command(), { abortSignal }))
  }

  async commit(transactionId: string, signal: AbortSignal): Promise<void> {
    const { client, database: _, ...target } = this.#address
    await this.#try(signal, (abortSignal) =>
      client.send(new CommitTransactionCommand({ ...target, transactionId }), { abortSignal }),
    )
  }

  async rollback(transactionId: string, signal: AbortSignal): Promise<void> {
    const { client, database: _, ...target } = this.#address
    await this.#try(signal, (abortSignal) =>
      client.send(new RollbackTransactionCommand({ ...target, transactionId }), { abortSignal }),
    )
  }

  async #try<T>(signal: AbortSignal, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { firstMillis, mostMillis, totalMillis, clock } = this.#patience
    const until = clock.now() + totalMillis
    for (let attempt = 0; ; attempt++) {
      signal.throwIfAborted()
      try {
        return await call(signal)
      } catch (error) {
        signal.throwIfAborted()
        const wait = Math.min(mostMillis, firstMillis * 2 ** attempt) * (0.5 + Math.random() / 2)
        if (!isPassing(asFailure(error)) || clock.now() + wait > until) {
          this.#onServerError?.(asFailure(error).message)
          throw error
        }
        await clock.sleep(wait, signal).catch(() => signal.throwIfAborted())
      }
    }
  }
}
