/** The redrives of bulk replays, each once: the table knows which were done, and AWS which were begun. */
import {
  type BulkReplayFact,
  type BulkReplayItem,
  bulkItemKey,
  bulkKey,
  type ReplayMessage,
} from '../../statemachine/bulk-replay.ts'
import { type Action, actionKey, entryKey } from '../../statemachine/table.ts'
import { factUpdate } from '../../statemachine/table-update.ts'
import type { Executions } from './executions.ts'
import { logger } from './step.ts'
import type { Table } from './table.ts'

export class Replays {
  readonly #table: Pick<Table, 'get' | 'change'>
  readonly #executions: Pick<Executions, 'describe' | 'redrive'>

  constructor(table: Pick<Table, 'get' | 'change'>, executions: Pick<Executions, 'describe' | 'redrive'>) {
    this.#table = table
    this.#executions = executions
  }

  /** Whether it waits for its turn still: it had none yet, and nobody stopped the bulk replay; undefined where there is no such one. */
  async waits(message: ReplayMessage): Promise<boolean | undefined> {
    const { fact, item } = await this.#look(message)
    return fact && item && !fact.stoppedAt && isOpen(item)
  }

  /**
   * @param deadline epoch milliseconds
   * @returns whether the execution was redriven; else it was passed over, and the table knows why
   */
  async redrive(message: ReplayMessage, deadline: number): Promise<boolean> {
    const { replay, redriveCount, bulk } = message
    const { fact, item } = await this.#look(message)
    if (!fact || fact.stoppedAt || !item || !isOpen(item)) return false
    const execution = await this.#executions.describe(replay, deadline)
    const count = execution?.redriveCount ?? 0
    // An invocation that was killed has begun it.
    const isOwn = item.outcome === 'starting' && count === redriveCount + 1
    if (!isOwn) {
      if (!execution) return await this.#skip(message, 'Step Functions does not know it any more.')
      if (count !== redriveCount) return await this.#skip(message, 'It was replayed in the meantime.')
      await this.#note(message, { outcome: 'starting' })
      const refusal = await this.#executions.redrive(replay, `${bulk}-${redriveCount}`, deadline)
      if (refusal !== undefined) return await this.#skip(message, `AWS does not redrive it: ${refusal}`)
    }
    await this.#note(message, { outcome: 'replayed' })
    await this.#noteAction(message, fact)
    logger.info('Redriven for a bulk replay', { execution: replay, bulk })
    return true
  }

  /** For whoever looks at the execution: who replayed it, and why. What was done is done, also where it cannot be noted. */
  async #noteAction({ replay, bulk }: ReplayMessage, { by, why }: BulkReplayFact): Promise<void> {
    const now = Date.now()
    const action: Action = { at: new Date(now).toISOString(), by, reason: why, action: 'replay', bulk }
    try {
      await this.#table.change(factUpdate(actionKey(entryKey(replay).pk, action, bulk), { ...action }, now))
    } catch (error) {
      logger.warn('A bulk replay was not noted beside its execution', {
        execution: replay,
        bulk,
        error: error as Error,
      })
    }
  }

  async #look({ bulk, replay }: ReplayMessage) {
    const [fact, item] = await Promise.all([
      this.#table.get<BulkReplayFact>(bulkKey(bulk)),
      this.#table.get<BulkReplayItem>(bulkItemKey(bulk, replay)),
    ])
    return { fact, item }
  }

  async #skip(message: ReplayMessage, reason: string): Promise<false> {
    logger.info('Passed over in a bulk replay', { execution: message.replay, bulk: message.bulk, reason })
    await this.#note(message, { outcome: 'skipped', reason })
    return false
  }

  async #note({ bulk, replay }: ReplayMessage, fields: Pick<BulkReplayItem, 'outcome' | 'reason'>): Promise<void> {
    const now = Date.now()
    const changed = { ...fields, outcomeAt: new Date(now).toISOString() }
    await this.#table.change(factUpdate(bulkItemKey(bulk, replay), changed, now))
  }
}

function isOpen({ outcome }: BulkReplayItem): boolean {
  return outcome === 'waiting' || outcome === 'starting'
}
