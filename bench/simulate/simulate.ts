/**
 * Simulates an export of any size within seconds. The deployed state machine runs in the local engine, its functions report how
 * long they would work instead of working, and the real `finish` composes the file in a bucket that keeps only lengths.
 */
import { readFileSync } from 'node:fs'
import type { Export } from '../../engine/catalogue.ts'
import { finish } from '../../engine/finish.ts'
import { refuseTooManyChunks } from '../../engine/plan/chunk-budget.ts'
import { whyNotContinued } from '../../engine/plan/limits.ts'
import { chunkKey } from '../../engine/stores/chunk-key.ts'
import { chunkDeadline } from '../../functions/common/deadline.ts'
import { TaskError, type TaskRunner } from '../../local/src/states/service.ts'
import { openCloud, ROLE } from '../../local/test/states/cloud.ts'
import type { Composing, Cursor, Failed, Plan, Prepared, Range, Request } from '../../statemachine/contract.ts'
import { COPY_BYTES_PER_SECOND } from './prices.ts'
import { createBucket } from './storage.ts'
import { Counter, type Usage } from './usage.ts'

export interface Scenario extends Pick<Plan, 'format' | 'compression'> {
  rows: number
  /** Bytes of the file per row. */
  bytesPerRow: number
  /** Bytes per row as the server sends it. */
  sentBytesPerRow: number
  /** Speed of one query, as fast as the function writes its rows. */
  rowsPerSecond: number
  /** Seconds until a query returns its first row, in each chunk. */
  secondsToFirstRow: number
  /** Number of concurrent queries. */
  parallelism: number
  /** The construct's `chunkBudget`; 0 is as long as the function's timeout allows. */
  chunkBudgetSeconds: number
}

const DEFINITION = readFileSync(new URL('../../statemachine/download.asl.json', import.meta.url), 'utf8').replaceAll(
  /\$\{Partition\}/g,
  'aws',
)
const LAMBDA_SECONDS = 900
/** Seconds that `finish` copies before it stops to leave time for its end. */
const FINISH_SECONDS = LAMBDA_SECONDS - 180
const COPIES_AT_ONCE = 32
/** Seconds of each chunk for the login and the AWS calls around the work. */
const AROUND_SECONDS = 0.3
/** Functions that run outside the execution: `start`, `record` at the execution's beginning and end, and `mail-requester`. */
const BESIDE = ['start', 'record', 'record', 'mail-requester']
const AT = '2026-01-01T00:00:00.000Z'

/** Thrown if the export would fail; the message says why. */
export class SimulatedFailure extends Error {}

/** @throws SimulatedFailure if the format cannot be continued in a next chunk, or if the execution's history would be full */
export async function simulate(scenario: Scenario): Promise<Usage> {
  const counter = new Counter()
  const model = createModel(scenario, counter)
  const runTask: TaskRunner = async ({ arguments: args }) => {
    const { FunctionName, Payload } = args as { FunctionName: string; Payload: never }
    counter.document(Payload)
    const name = /^\$\{(\w+)Function\}$/.exec(FunctionName)?.[1] as keyof typeof model.functions
    const answer = await model.functions[name](Payload).catch((error: unknown) => {
      throw error instanceof TaskError ? error : new TaskError((error as Error).name, (error as Error).message)
    })
    counter.document(answer)
    return { Payload: answer }
  }
  for (const name of BESIDE) counter.invoked(name, AROUND_SECONDS)
  const cloud = await openCloud(runTask, { delayScale: 0 })
  try {
    const machine = cloud.states.createStateMachine({ name: 'download', definition: DEFINITION, roleArn: ROLE })
    const execution = await cloud.start(machine, { id: 'r' })
    const { status, error, cause } = await cloud.ended(execution)
    if (model.failure()) throw model.failure()
    if (status !== 'SUCCEEDED') throw new SimulatedFailure(`The execution would be ${status}: ${error}: ${cause}`)
    const history = await cloud.history(execution)
    return {
      chunks: model.chunks(),
      seconds: model.seconds(),
      functions: counter.functions,
      events: history.length,
      transitions: history.filter(({ type }) => type?.endsWith('StateEntered')).length,
      documentBytes: counter.documentBytes,
      storage: counter.storage,
      fileBytes: Math.round(scenario.rows * scenario.bytesPerRow),
      rowBytes: scenario.rows * scenario.sentBytesPerRow,
    }
  } finally {
    await cloud.close()
  }
}

/** Models the functions: what they return, and how long they would work. */
function createModel(scenario: Scenario, counter: Counter) {
  const bucket = createBucket(counter)
  const { parallelism } = scenario
  const request = { id: 'r', export: 'simulated' } as Request
  const plan = {
    parallelism,
    key: 'files/r/simulated.csv',
    fileName: 'simulated.csv',
    preparedAt: AT,
    maxRows: null,
  } as Plan
  const ofRange = Array.from({ length: parallelism }, () => ({ seconds: 0, chunks: 0 }))
  let elsewhere = BESIDE.length * AROUND_SECONDS
  /** Seconds of copying that remain; undefined until `finish` has begun. */
  let composing: number | undefined
  let failure: SimulatedFailure | undefined

  const spend = (name: string, seconds = AROUND_SECONDS) => {
    counter.invoked(name, seconds)
    elsewhere += seconds
  }
  const functions = {
    async Prepare() {
      spend('prepare')
      return { request, plan, ranges: [rangeOf(0, 1)] }
    },

    async ExportChunk(payload: Prepared | { range: Range }) {
      if (!('range' in payload)) {
        spend('export-chunk')
        return { ...payload, ranges: Array.from({ length: parallelism }, (_, index) => rangeOf(index, parallelism)) }
      }
      const { range } = payload
      await refuseTooManyChunks('The export', { request, plan, range }, bucket)
      const { seconds, next } = chunkOf(range)
      counter.invoked('export-chunk', seconds)
      const mine = ofRange[range.index]!
      mine.seconds += seconds
      mine.chunks++
      return next
    },

    async Finish(document: Prepared | Composing) {
      const whole = document.ranges.reduce((sum, { bytes }) => sum + bytes, 0)
      const chunks = ofRange.reduce((sum, each) => sum + each.chunks, 0)
      composing ??= chunks === 1 ? 0 : whole / COPIES_AT_ONCE / COPY_BYTES_PER_SECOND
      if (composing > FINISH_SECONDS) {
        composing -= FINISH_SECONDS
        spend('finish', FINISH_SECONDS)
        return { ...document, composing: { uploadId: 'upload', done: 0, parts: 1 } }
      }
      spend('finish', composing + AROUND_SECONDS)
      const { composing: _, ...prepared } = document as Composing
      return await finish(prepared, { store: bucket })
    },

    async Notify(document: unknown) {
      spend('notify')
      // This function and the one that sends the mail both check that the file is still there.
      counter.storage.reads += 2
      return document
    },

    async Halt({ failure: failed }: Failed): Promise<never> {
      failure ??= new SimulatedFailure(`${failed.step} would fail: ${failed.error}: ${failed.cause}`)
      throw new TaskError(failed.error, failed.cause)
    },
  }

  /** The chunk that one invocation exports. */
  function chunkOf(range: Range): { seconds: number; next: Range } {
    const all = rowsOf(range.index, scenario)
    const context = { getRemainingTimeInMillis: () => LAMBDA_SECONDS * 1000 }
    const budget = (chunkDeadline(context, { plan, range }, scenario.chunkBudgetSeconds) - Date.now()) / 1000
    // A chunk has at least one row.
    const most = Math.max(1, Math.floor(Math.max(0, budget - scenario.secondsToFirstRow) * scenario.rowsPerSecond))
    const rows = Math.min(all - range.rows, most)
    const why =
      range.rows + rows < all && whyNotContinued({ name: 'The export', key: ['id'] } as unknown as Export, scenario)
    if (why) throw new TaskError('ExportTooLong', why)
    const bytes = Math.round((range.rows + rows) * scenario.bytesPerRow) - range.bytes
    // The function looks up the previous chunk and the chunk's own key.
    counter.storage.reads += range.chunks === 0 ? 1 : 2
    counter.storage.writes += range.chunks === 0 ? 1 : 0
    const { key, etag } = bucket.write(chunkKey({ request, plan }, range, range.chunks), bytes)
    const last = { key, etag, rows, bytes, crc32: '00000000', startedAt: AT, firstRowAt: AT, finishedAt: AT }
    const next: Range = {
      ...range,
      chunks: range.chunks + 1,
      rows: range.rows + rows,
      bytes: range.bytes + bytes,
      firstRowAt: AT,
      cursor: cursorAt(range.rows + rows),
      done: range.rows + rows >= all,
      last,
    }
    return { seconds: scenario.secondsToFirstRow + rows / scenario.rowsPerSecond + AROUND_SECONDS, next }
  }

  return {
    functions,
    failure: () => failure,
    chunks: () => ofRange.reduce((sum, { chunks }) => sum + chunks, 0),
    seconds: () => elsewhere + Math.max(...ofRange.map(({ seconds }) => seconds)),
  }
}

function rowsOf(index: number, { rows, parallelism }: Scenario): number {
  return Math.floor((rows * (index + 1)) / parallelism) - Math.floor((rows * index) / parallelism)
}

function rangeOf(index: number, count: number): Range {
  return {
    index,
    after: index === 0 ? null : cursorAt(index),
    upTo: index === count - 1 ? null : cursorAt(index + 1),
    cursor: null,
    done: false,
    chunks: 0,
    rows: 0,
    bytes: 0,
    crc32: '00000000',
    firstRowAt: null,
    last: null,
    consistency: 'snapshot',
  }
}

/** A cursor on a BIGINT key. */
function cursorAt(value: number): Cursor {
  return { type: 'integer', value: String(value) }
}
