/**
 * Asynchronous invocations: stored until they have ended, retried as Lambda does, and sent to the function's
 * dead-letter queue or failure destination when all attempts have failed.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Disk } from '../disk.ts'
import { AwsError } from '../protocol.ts'
import type { FunctionDefinition } from './definition.ts'
import { type InvokeResult, TooManyRequests } from './port.ts'

/** Sends a failed event to the ARN of a queue or topic. */
export type SendFailure = (
  arn: string,
  body: string,
  attributes: Record<string, string>,
  definition: FunctionDefinition,
) => Promise<unknown> | unknown

export interface Later {
  accept(name: string, payload: string, requestId: string): void
  /** Continues the events of an earlier process; called once all functions exist. */
  resume(): void
  /** Returns how many events have not ended. */
  pending(): number
}

/** Delays of one and two minutes. */
const RETRY_MILLIS = [60_000, 120_000]
const THROTTLE_MILLIS = { first: 1000, longest: 5 * 60_000 }
const EVENT_AGE_SECONDS = 6 * 3600
/** A laptop cannot run a thousand environments. */
const AT_ONCE = 16

/** Why no further attempt is made. */
type Condition = 'EventAgeExceeded' | 'RetriesExhausted'

interface FailedEvent {
  row: Row
  condition: Condition
  failures: number
  /** Of the last attempt; undefined if it was throttled. */
  result: InvokeResult | undefined
}

interface Row {
  number: number
  request_id: string
  name: string
  payload: string
  failures: number
  accepted_at: number
}

export function createLater(options: {
  store: DatabaseSync
  invoke(name: string, payload: string, requestId: string): Promise<InvokeResult>
  definitionOf(name: string): FunctionDefinition
  sendFailure: SendFailure
  now(): number
  /** Factor for all delays. */
  delayScale: number
  signal: AbortSignal
  disk: Disk
}): Later {
  const { store, invoke, definitionOf, sendFailure, now, delayScale, signal, disk } = options
  store.exec(`
    CREATE TABLE IF NOT EXISTS lambda_events (
      number INTEGER PRIMARY KEY, request_id TEXT NOT NULL, name TEXT NOT NULL, payload TEXT NOT NULL,
      failures INTEGER NOT NULL, accepted_at INTEGER NOT NULL
    )`)
  const insert = store.prepare(
    'INSERT INTO lambda_events (request_id, name, payload, failures, accepted_at) VALUES (?, ?, ?, 0, ?) RETURNING *',
  )
  const failed = store.prepare('UPDATE lambda_events SET failures = failures + 1 WHERE number = ?')
  const forget = store.prepare('DELETE FROM lambda_events WHERE number = ?')
  const all = store.prepare('SELECT * FROM lambda_events ORDER BY number')
  const count = store.prepare('SELECT count(*) AS n FROM lambda_events')
  const turns = createTurns(AT_ONCE)
  const wait = (millis: number) => sleep(millis * delayScale, undefined, { signal, ref: false })

  async function run(row: Row) {
    for (let throttles = 0, failures = row.failures; ; ) {
      const { maximumRetryAttempts = RETRY_MILLIS.length, maximumEventAgeSeconds = EVENT_AGE_SECONDS } =
        definitionOf(row.name).asynchronous ?? {}
      const attempt = await turns(() => once(row))
      if (attempt === 'done') return await disk.patiently(() => forget.run(row.number), signal)
      if (attempt === 'throttled') {
        const pause = Math.min(THROTTLE_MILLIS.first * 2 ** throttles++, THROTTLE_MILLIS.longest)
        if (now() + pause - row.accepted_at > maximumEventAgeSeconds * 1000) {
          return await giveUp(row, 'EventAgeExceeded', failures)
        }
        await wait(pause)
        continue
      }
      await disk.patiently(() => failed.run(row.number), signal)
      failures++
      if (failures > maximumRetryAttempts) return await giveUp(row, 'RetriesExhausted', failures, attempt)
      await wait(RETRY_MILLIS[failures - 1] ?? (RETRY_MILLIS.at(-1) as number))
    }
  }

  async function once({ name, payload, request_id }: Row): Promise<'done' | 'throttled' | InvokeResult> {
    signal.throwIfAborted()
    try {
      const result = await invoke(name, payload, request_id)
      return result.functionError ? result : 'done'
    } catch (error) {
      if (error instanceof TooManyRequests) return 'throttled'
      // The function no longer exists.
      if (error instanceof AwsError && error.code === 'ResourceNotFoundException') return 'done'
      throw error
    }
  }

  async function giveUp(row: Row, condition: Condition, failures: number, result?: InvokeResult) {
    const definition = definitionOf(row.name)
    const { deadLetterArn, asynchronous: { onFailureArn } = {} } = definition
    const event = { row, condition, failures, result }
    if (deadLetterArn !== undefined) {
      await sendFailure(deadLetterArn, row.payload, deadLetterAttributes(event), definition)
    }
    if (onFailureArn !== undefined) {
      await sendFailure(onFailureArn, JSON.stringify(failureRecord(event, definition, now())), {}, definition)
    }
    await disk.patiently(() => forget.run(row.number), signal)
  }

  // A rejection means that the local cloud is stopping, which keeps the event, or that the result could not be stored.
  // Both are retried at the next start.
  const begin = (row: Row) => void run(row).catch(() => undefined)
  return {
    accept(name, payload, requestId) {
      begin(insert.get(requestId, name, payload, now()) as unknown as Row)
    },
    resume() {
      for (const row of all.all() as unknown as Row[]) {
        try {
          definitionOf(row.name)
          begin(row)
        } catch {
          forget.run(row.number)
        }
      }
    },
    pending: () => (count.get() as { n: number }).n,
  }
}

/** Returns what a dead-letter queue's message says beside the event. */
function deadLetterAttributes({ row, condition, result }: FailedEvent): Record<string, string> {
  const { errorMessage = condition } = JSON.parse(result?.payload ?? '{}') as { errorMessage?: string }
  return {
    RequestID: row.request_id,
    ErrorCode: result ? '200' : '429',
    ErrorMessage: String(errorMessage).slice(0, 1024),
  }
}

/** Returns the record for a failure destination. */
function failureRecord({ row, condition, failures, result }: FailedEvent, { arn }: FunctionDefinition, now: number) {
  return {
    version: '1.0',
    timestamp: new Date(now).toISOString(),
    requestContext: {
      ...{ requestId: row.request_id, functionArn: `${arn}:$LATEST`, condition },
      approximateInvokeCount: failures,
    },
    requestPayload: JSON.parse(row.payload) as unknown,
    ...(result && {
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: result.functionError },
      responsePayload: JSON.parse(result.payload) as unknown,
    }),
  }
}

/** Runs at most `atOnce` at a time; the others wait in order. */
function createTurns(atOnce: number) {
  const waiting: (() => void)[] = []
  let free = atOnce
  return async <T>(run: () => Promise<T>): Promise<T> => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await run()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free++
    }
  }
}
