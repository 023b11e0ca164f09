/** The redrives of bulk replays, each done once: the table knows which are done, and AWS which were started. */
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

  /**
   * Whether the item still waits for its turn: it was not done, and the bulk replay was not stopped; undefined if there
   * is no such item.
   */
  async waits(message: ReplayMessage): Promise<boolean | undefined> {
    const { fact, item } = await this.#look(message)
    return fact && item && !fact.stoppedAt && isOpen(item)
  }

  /**
   * @param deadline epoch milliseconds
   * @returns whether the execution was redriven; if not, it was skipped, and the table has the reason
   */
  async redrive(message: ReplayMessage, deadline: number): Promise<boolean> {
    const { replay, redriveCount, bulk } = message
    const { fact, item } = await this.#look(message)
    if (!fact || fact.stoppedAt || !item || !isOpen(item)) return false
    const execution = await this.#executions.describe(replay, deadline)
    const count = execution?.redriveCount ?? 0
    // True if an invocation that was killed had started it.
    const isOwn = item.outcome === 'starting' && count === redriveCount + 1
    if (!isOwn) {
      if (!execution) return await this.#skip(message, 'Step Functions no longer has it.')
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

  /** Records who replayed the execution and why, for its page. A failure to record does not undo the replay. */
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
    logger.info('Skipped in a bulk replay', { execution: message.replay, bulk: message.bulk, reason })
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
