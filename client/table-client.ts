/** The half of the client that asks the table of requests: lists, places in the queue, what to expect, pauses, revoked links. */
import type { Outage } from '../statemachine/outage.ts'
import type { NoticeFacts, Pause } from '../statemachine/table.ts'
import type { AwsOptions } from './aws.ts'
import { NoTable } from './errors.ts'
import type { Forecast, Typical } from './forecast.ts'
import { findParts, type Parts, type Place } from './parts.ts'
import { setDelivery } from './pause.ts'
import { DownloadTable } from './table.ts'
import type { DownloadsPage, DownloadsQuery } from './table-list.ts'

export class TableClient {
  readonly #place: Place
  protected readonly options: AwsOptions
  #parts: Promise<Parts> | undefined
  #table: Promise<DownloadTable | undefined> | undefined

  constructor(place: Place, options: AwsOptions) {
    this.#place = place
    this.options = options
  }

  /** @throws StackNotFound */
  parts(): Promise<Parts> {
    this.#parts ??= findParts(this.#place, this.options)
    return this.#parts
  }

  /**
   * What the table knows of requests, the newest first, a page at a time. It follows by a moment; `get` and `progress`
   * have the details.
   *
   * @throws InvalidRequest when the query contradicts itself
   * @throws NoTable
   */
  async downloads(query: DownloadsQuery = {}): Promise<DownloadsPage> {
    return await (await this.requireTable()).list(query)
  }

  /**
   * How many are to start before this one, as things are: requesters take turns, so one who comes later may go first. Null
   * where it does not wait, or is not known.
   *
   * @throws NoTable
   */
  async position(id: string): Promise<number | null> {
    return await (await this.requireTable()).position(id)
  }

  /**
   * When a request will probably start and be ready, from how long the newest runs took; null where it neither waits nor
   * runs. Whoever comes later may still change it by a turn.
   *
   * @throws NoTable
   */
  async forecast(id: string): Promise<Forecast | null> {
    return await (await this.requireTable()).forecast(id)
  }

  /** What to expect of an export before it is requested; null where it has not run lately. @throws NoTable */
  async typical(exportName: string): Promise<Typical | null> {
    return await (await this.requireTable()).typical(exportName)
  }

  /** Which notices of a download went out, and how: by `ready`, `failed#0`, `failed#1` (after a redrive), … @throws NoTable */
  async notices(id: string): Promise<Record<string, NoticeFacts>> {
    return await (await this.requireTable()).notices(id)
  }

  /** @returns null while downloads are not paused @throws NoTable */
  async paused(): Promise<Pause | null> {
    return (await (await this.requireTable()).pause()) ?? null
  }

  /**
   * Since when the database has not answered, and what it said: nothing starts until it does. It is asked again while
   * requests wait.
   *
   * @returns null while there is no outage
   * @throws NoTable
   */
  async outage(): Promise<Outage | null> {
    return (await (await this.requireTable()).outage()) ?? null
  }

  /**
   * Starts nothing new from now on; running downloads continue, and requests are still accepted. The queue’s delivery is
   * stopped as well, so that waiting counts against no message.
   *
   * @returns whether delivery was stopped. If not, the pause holds all the same, for ten days without a dead letter
   * @throws NoTable
   */
  async pause({ by, reason }: Omit<Pause, 'at'>): Promise<{ pause: Pause; deliveryStopped: boolean }> {
    const table = await this.requireTable()
    const pause = { at: new Date().toISOString(), by, reason }
    await table.setPause(pause)
    return { pause, deliveryStopped: await this.#setDelivery(false) }
  }

  /** @returns whether delivery is under way again @throws NoTable */
  async resume(): Promise<{ deliveryStarted: boolean }> {
    const table = await this.requireTable()
    await table.clearPause()
    return { deliveryStarted: await this.#setDelivery(true) }
  }

  /** Ends the links to one download, or all that were sent to one requester until now. @throws NoTable */
  async revokeLinks(whose: { id: string } | { requestedBy: string }): Promise<void> {
    const table = await this.requireTable()
    if ('id' in whose) await table.revokeDownload(whose.id)
    else await table.revokeRequester(whose.requestedBy)
  }

  async #setDelivery(isEnabled: boolean): Promise<boolean> {
    try {
      return (await setDelivery(await this.parts(), isEnabled, this.options)) > 0
    } catch {
      return false
    }
  }

  /** Undefined where the parts name none. */
  protected findTable(): Promise<DownloadTable | undefined> {
    this.#table ??= this.parts().then(
      ({ tableName }) => tableName && new DownloadTable(tableName, this.options),
    ) as Promise<DownloadTable | undefined>
    return this.#table
  }

  /** The table behind the lists, for who reads more of it at once, as `@carryout/client/web` does. @throws NoTable */
  async requireTable(): Promise<DownloadTable> {
    const table = await this.findTable()
    if (!table) throw new NoTable()
    return table
  }
}
