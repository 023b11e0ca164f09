/** The part of the client that uses the table: lists, places in the queue, forecasts, pauses and revoked links. */
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
   * Lists downloads from the table, newest first, one page at a time. The table lags slightly; `get` and `progress`
   * have the current details.
   *
   * @throws InvalidRequest if the query contradicts itself
   * @throws NoTable
   */
  async downloads(query: DownloadsQuery = {}): Promise<DownloadsPage> {
    return await (await this.requireTable()).list(query)
  }

  /**
   * Returns how many will start before this one as things stand; requesters take turns, so a later one may go first.
   * Null if it does not wait or is unknown.
   *
   * @throws NoTable
   */
  async position(id: string): Promise<number | null> {
    return await (await this.requireTable()).position(id)
  }

  /**
   * Estimates when a request will start and be ready, from the duration of the newest runs; null if it neither waits
   * nor runs. A later request may still delay it by one turn.
   *
   * @throws NoTable
   */
  async forecast(id: string): Promise<Forecast | null> {
    return await (await this.requireTable()).forecast(id)
  }

  /** Returns how an export usually runs, before it is requested; null if it has not run lately. @throws NoTable */
  async typical(exportName: string): Promise<Typical | null> {
    return await (await this.requireTable()).typical(exportName)
  }

  /**
   * Returns which notices of a download were sent, and how, by name: `ready`, `failed#0`, `failed#1` (after a redrive),
   * … @throws NoTable
   */
  async notices(id: string): Promise<Record<string, NoticeFacts>> {
    return await (await this.requireTable()).notices(id)
  }

  /** @returns null if downloads are not paused @throws NoTable */
  async paused(): Promise<Pause | null> {
    return (await (await this.requireTable()).pause()) ?? null
  }

  /**
   * Returns since when the database has not responded, and its last error. Nothing starts until it responds; it is
   * checked repeatedly.
   *
   * @returns null if there is no outage
   * @throws NoTable
   */
  async outage(): Promise<Outage | null> {
    return (await (await this.requireTable()).outage()) ?? null
  }

  /**
   * Pauses downloads: nothing new starts, running downloads continue, and requests are still accepted. The queue's
   * delivery is stopped as well, so that waiting does not count as receives.
   *
   * @returns whether delivery was stopped. If not, the pause is still effective, for ten days without a dead letter
   * @throws NoTable
   */
  async pause({ by, reason }: Omit<Pause, 'at'>): Promise<{ pause: Pause; deliveryStopped: boolean }> {
    const table = await this.requireTable()
    const pause = { at: new Date().toISOString(), by, reason }
    await table.setPause(pause)
    return { pause, deliveryStopped: await this.#setDelivery(false) }
  }

  /** @returns whether delivery is starting again @throws NoTable */
  async resume(): Promise<{ deliveryStarted: boolean }> {
    const table = await this.requireTable()
    await table.clearPause()
    return { deliveryStarted: await this.#setDelivery(true) }
  }

  /** Revokes the links to one download, or all links sent to one requester so far. @throws NoTable */
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

  /** Undefined if the parts include no table. */
  protected findTable(): Promise<DownloadTable | undefined> {
    this.#table ??= this.parts().then(
      ({ tableName }) => tableName && new DownloadTable(tableName, this.options),
    ) as Promise<DownloadTable | undefined>
    return this.#table
  }

  /**
   * Returns the table behind the lists, for callers that read more of it at once, such as `@carryout/client/web`.
   * @throws NoTable
   */
  async requireTable(): Promise<DownloadTable> {
    const table = await this.findTable()
    if (!table) throw new NoTable()
    return table
  }
}
