import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Catalogue } from '../engine/catalogue.ts'
import { describeExports } from '../engine/describe.ts'
import { prepare } from '../engine/prepare.ts'
import type { Cancelled, Prepared } from '../statemachine/contract.ts'
import type { ExportDescription } from '../statemachine/description.ts'
import { InvalidRequest } from '../statemachine/errors.ts'
import { type Cancellation, cancelledKey } from '../statemachine/table.ts'
import { readConfig, text, wholeNumber } from './common/config.ts'
import { env } from './common/environment.ts'
import { logger, logRequest, step } from './common/step.ts'
import { Table } from './common/table.ts'

export interface PrepareInput {
  /** The execution's name. */
  name: string
  /** The request as it came from the queue; it may be anything. */
  request: unknown
}

/** Asks for a description of the catalogue. The state machine never sends it; the console uses it for its forms. */
export interface DescribeInput {
  describe: 'catalogue'
}

/** Makes the handler that checks a request against the catalogue and plans its file. */
export function createPrepare(catalogue: Catalogue) {
  const config = readConfig({
    [env.DATABASE_TIME_ZONE]: text,
    [env.MAX_CONCURRENT_QUERIES]: wholeNumber({ min: 1 }),
    [env.TABLE]: text,
  })
  const table = new Table(config[env.TABLE])
  const digest = digestOfCode(config[env.DATABASE_TIME_ZONE])
  return step<PrepareInput | DescribeInput, Prepared | Cancelled | ExportDescription[]>(async (input) => {
    if ('describe' in input) return describeExports(catalogue)
    const { name, request } = input
    const prepared = prepare(request, {
      catalogue,
      now: new Date(),
      digest,
      timeZone: config[env.DATABASE_TIME_ZONE],
      slots: config[env.MAX_CONCURRENT_QUERIES],
    })
    logRequest(prepared.request.id)
    // This happens only to an execution that was started without the queue. It would overwrite the files of the
    // execution with that id.
    if (prepared.request.id !== name) {
      throw new InvalidRequest(
        `The execution is named “${name}”, but its request’s id is “${prepared.request.id}”: start it with the id as its name, or send the request to the queue.`,
      )
    }
    const cancelled = await cancellationOf(table, name)
    if (cancelled) {
      logger.info('The request was cancelled while it waited')
      return { request: prepared.request, cancelled }
    }
    logger.info('Prepared', { export: prepared.request.export, key: prepared.plan.key })
    return prepared
  })
}

/**
 * Returns a digest of this file, which when bundled contains the catalogue and all its imports. Any change of an export
 * or of Carryout changes it: an unnecessary new file is better than an old file for a new definition.
 */
function digestOfCode(timeZone: string): string {
  const hash = createHash('sha256').update(readFileSync(import.meta.filename))
  return hash.update(timeZone).digest('hex').slice(0, 16)
}

/**
 * Returns the request's cancellation. If the table is unavailable the request continues: one download too many is
 * better than one too few.
 */
async function cancellationOf(table: Table, id: string): Promise<Cancellation | undefined> {
  try {
    const fact = await table.get<Cancellation>(cancelledKey(id))
    return fact && { at: fact.at, by: fact.by }
  } catch (error) {
    logger.warn('The table could not be read to check for a cancellation', error as Error)
    return undefined
  }
}
