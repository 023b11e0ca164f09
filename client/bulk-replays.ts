/** Replays many failed executions through the queue, each in its turn, as one named bulk replay. */
import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs'
import {
  BULK_PARTITION,
  type BulkReplayFact,
  type BulkReplayItem,
  bulkItemKey,
  bulkKey,
  bulkPartition,
  isBulkName,
  waitingReplay,
} from '../statemachine/bulk-replay.ts'
import { InvalidRequest } from '../statemachine/errors.ts'
import { MESSAGE_GROUP } from '../statemachine/request.ts'
import { NOT_STARTED } from '../statemachine/table.ts'
import { factUpdate, onlyNew } from '../statemachine/table-update.ts'
import { placeKey, placeOf, placeUpdate, ROUND_KEY, type RoundFact, takeRounds } from '../statemachine/waiting.ts'
import { groupFailures } from './failures.ts'
import type { DownloadTable } from './table.ts'
import type { FailedDownload } from './table-failed.ts'
import type { DownloadsPage, DownloadsQuery } from './table-list.ts'

/** Selects all failed downloads that match. */
export type ReplayFilter = Pick<DownloadsQuery, 'error' | 'export' | 'requestedBy' | 'since' | 'until'>

/**
 * The executions to replay: named one by one, all failed ones that match, or those that failed for one cause.
 *
 * `group` is the key of a cause in `failures()`. `until` (ISO 8601, UTC, inclusive) excludes later failures, so that
 * only those that the caller has seen are replayed.
 */
export type ReplayWhich =
  | { executions: readonly string[] }
  | { filter: ReplayFilter }
  | { group: string; until?: string | undefined }

/** A bulk replay to send. */
export type NewBulkReplay = ReplayWhich & {
  /** 1 to 60 characters of A-Z a-z 0-9 - _, unique among bulk replays. */
  name: string
  /** Who replays. */
  by: string
  why: string
}

/** What a bulk replay would do. */
export interface ReplayPreview {
  /** The downloads that would be replayed in the order of their turns, the oldest failure first. */
  downloads: FailedDownload[]
  /** The named downloads that cannot be replayed, each with a sentence. */
  skipped: { id: string; reason: string }[]
}

/** Times are ISO 8601, UTC. */
export interface BulkReplay {
  name: string
  by: string
  why: string
  at: string
  /**
   * `sending`: not all of its messages are on the queue yet; calling it again with the same name continues. `running`:
   * some executions still wait for their turn. `stopped`: the rest is left unchanged. `done`: each had its turn.
   */
  state: 'sending' | 'running' | 'stopped' | 'done'
  /** The number of its executions: the sum of `replayed`, `skipped` and `waiting`. */
  count: number
  /** Redriven executions, whether or not they then succeed. */
  replayed: number
  /** Executions that were skipped because they changed in the meantime or AWS no longer redrives them. */
  skipped: number
  /** Executions that have not had their turn; in a stopped bulk replay they are left unchanged. */
  waiting: number
  stoppedAt: string | null
  stoppedBy: string | null
  /** The group that was requested; null if it was not made for one group. */
  group: string | null
  until: string | null
}

/** A bulk replay with its executions. */
export interface BulkReplayDetails extends BulkReplay {
  /** Each execution with its outcome, in the order of their turns; skipped ones have a reason. */
  executions: BulkReplayItem[]
}

/** The maximum number of executions in a bulk replay. */
const MOST = 10_000
const PAGE = 1_000
const AT_ONCE = 20
const MESSAGES_AT_ONCE = 10

/** The message for a request that failed before it had an execution. */
const DEAD_LETTER =
  'The request never became an execution. Send it again from the dead-letter queue: carryout dead-letters.'

function isDeadLetter({ error }: FailedDownload): boolean {
  return error === NOT_STARTED
}

/** @throws InvalidRequest if more match than a bulk replay can have */
export async function previewReplay(
  table: DownloadTable,
  list: (query: DownloadsQuery) => Promise<DownloadsPage>,
  which: ReplayWhich,
): Promise<ReplayPreview> {
  if (!('executions' in which)) {
    const found = 'filter' in which ? await failedOf(list, which.filter) : await groupOf(table, which)
    const all = oldestFirst(found)
    const skipped = all.filter(isDeadLetter).map(({ id }) => ({ id, reason: DEAD_LETTER }))
    return { downloads: all.filter((each) => !isDeadLetter(each)), skipped }
  }
  const ids = [...new Set(which.executions)]
  if (ids.length > MOST) throw tooMany()
  const entries = await inParallel(ids, async (id) => ({ id, entry: await table.entry(id) }))
  const skipped: ReplayPreview['skipped'] = []
  const downloads: FailedDownload[] = []
  for (const { id, entry } of entries) {
    if (entry && isDeadLetter(entry)) skipped.push({ id, reason: DEAD_LETTER })
    else if (entry?.state === 'failed' || (entry?.state === 'cancelled' && entry.startedAt)) downloads.push(entry)
    else skipped.push({ id, reason: entry ? `It is ${entry.state}, not failed.` : 'The execution does not exist.' })
  }
  return { downloads: oldestFirst(downloads), skipped }
}

/** The stored fields of a bulk replay that is about to be sent. */
type BulkReplayMaking = Pick<BulkReplayFact, 'name' | 'by' | 'why'> & {
  group?: string | undefined
  until?: string | undefined
}

/** Whether two bulk replays are for the same group of failures, seen at the same time. */
function isOfSame(
  one: Pick<BulkReplayMaking, 'group' | 'until'>,
  other: Pick<BulkReplayMaking, 'group' | 'until'>,
): boolean {
  return one.group === other.group && one.until === other.until
}

/** @throws InvalidRequest if the name is not valid or taken, or there is nothing to replay */
export async function sendBulkReplay(
  table: DownloadTable,
  queue: { client: SQSClient; url: string },
  replay: BulkReplayMaking,
  preview: () => Promise<ReplayPreview>,
): Promise<BulkReplay> {
  const { name } = replay
  if (!isBulkName(name)) {
    throw new InvalidRequest(`The name of a bulk replay must be 1 to 60 characters of A-Z a-z 0-9 - _.`)
  }
  const known = await table.get<BulkReplayFact>(bulkKey(name))
  if (known && (known.sentAt !== undefined || !isOfSame(known, replay))) throw nameTaken(known)
  if (!known) await listItems(table, replay, await preview())
  const items = await itemsOf(table, name)
  const waiting = items.filter(({ outcome }) => outcome === 'waiting')
  await inParallel(waiting, (item) => table.update(placeUpdate(placed(name, item))))
  await sendMessages(
    queue,
    waiting.map((item) => placed(name, item).input),
  )
  await table.update(factUpdate(bulkKey(name), { sentAt: new Date().toISOString() }, Date.now()))
  return await bulkReplay(table, name).then((made) => made!)
}

/**
 * Stores the executions to replay before anything is sent. If two callers do so at once (a double click), the first to
 * store an execution owns it, and the other is told that the name is taken.
 */
async function listItems(
  table: DownloadTable,
  { name, by, why, group, until }: BulkReplayMaking,
  { downloads, skipped }: ReplayPreview,
): Promise<void> {
  if (downloads.length === 0) {
    const isOfLetters = skipped.some(({ reason }) => reason === DEAD_LETTER)
    throw new InvalidRequest(isOfLetters ? DEAD_LETTER : 'No failed execution matches, so there is nothing to replay.')
  }
  const now = new Date()
  const at = now.toISOString()
  const current = await table.get<RoundFact>(ROUND_KEY)
  const first = await takeRounds(table, `replay:${name}`, current?.round ?? 0, downloads.length)
  const items = [
    ...downloads.map(({ id, redriveCount, export: exportName }, index): BulkReplayItem => {
      const { name: waitingName } = waitingReplay({ replay: id, redriveCount, bulk: name }, at, exportName)
      const place = placeOf(first + index, { arrivedAt: at, name: waitingName })
      return {
        execution: id,
        redriveCount,
        outcome: 'waiting',
        outcomeAt: at,
        place,
        ...(exportName && { export: exportName }),
      }
    }),
    ...skipped.map(({ id, reason }): BulkReplayItem => {
      return { execution: id, redriveCount: 0, outcome: 'skipped', outcomeAt: at, reason }
    }),
  ]
  await inParallel(items, (item) =>
    table.update(onlyNew(factUpdate(bulkItemKey(name, item.execution), { ...item }, now.getTime()))),
  )
  const of = { ...(group !== undefined && { group }), ...(until !== undefined && { until }) }
  const fact: BulkReplayFact = { name, by, why, at, count: items.length, ...of }
  if (!(await table.update(onlyNew(factUpdate(bulkKey(name), { ...fact }, now.getTime()))))) {
    throw nameTaken((await factOf(table, name)) ?? fact)
  }
}

/** @returns undefined if there is no bulk replay with this name */
export async function bulkReplay(table: DownloadTable, name: string): Promise<BulkReplayDetails | undefined> {
  const fact = await factOf(table, name)
  if (!fact) return undefined
  const executions = await itemsOf(table, name)
  return { ...progressOf(fact, executions), executions }
}

async function factOf(table: DownloadTable, name: string): Promise<BulkReplayFact | undefined> {
  return isBulkName(name) ? await table.get<BulkReplayFact>(bulkKey(name)) : undefined
}

/**
 * Returns bulk replays, newest first. @param done those of an earlier list that are done; they no longer change and are
 * not read again
 */
export async function listBulkReplays(
  table: DownloadTable,
  limit: number,
  done: Map<string, BulkReplay>,
): Promise<BulkReplay[]> {
  const facts = await table.partition<BulkReplayFact>(BULK_PARTITION)
  const newest = facts.sort((one, other) => (one.at < other.at ? 1 : -1)).slice(0, limit)
  return await inParallel(newest, async (fact) => {
    const key = `${fact.name} ${fact.at}`
    const known = done.get(key)
    if (known) return known
    const outcomes = await table.partition<Pick<BulkReplayItem, 'outcome'>>(bulkPartition(fact.name), ['outcome'])
    const replay = progressOf(fact, outcomes)
    if (replay.state === 'done') done.set(key, replay)
    return replay
  })
}

/** @returns undefined if there is no bulk replay with this name */
export async function stopBulkReplay(table: DownloadTable, name: string, by: string): Promise<BulkReplay | undefined> {
  const fact = await factOf(table, name)
  if (!fact) return undefined
  const facts = { stoppedAt: new Date().toISOString(), stoppedBy: by }
  if (fact.stoppedAt === undefined) await table.update(factUpdate(bulkKey(name), facts, Date.now()))
  // Requests that wait behind them need not wait until each was checked.
  const waiting = (await itemsOf(table, name)).filter(({ outcome }) => outcome === 'waiting')
  await inParallel(waiting, ({ place }) => table.delete(placeKey(place!)))
  return await bulkReplay(table, name)
}

function progressOf(fact: BulkReplayFact, items: readonly Pick<BulkReplayItem, 'outcome'>[]): BulkReplay {
  const { name, by, why, at, sentAt, stoppedAt = null, stoppedBy = null, group = null, until = null } = fact
  const countOf = (outcome: BulkReplayItem['outcome']) => items.filter((item) => item.outcome === outcome).length
  const [count, replayed, skipped] = [items.length, countOf('replayed'), countOf('skipped')]
  const waiting = count - replayed - skipped
  const going = stoppedAt !== null ? 'stopped' : sentAt === undefined ? 'sending' : 'running'
  const state = waiting === 0 ? 'done' : going
  return { name, by, why, at, state, count, replayed, skipped, waiting, stoppedAt, stoppedBy, group, until }
}

async function itemsOf(table: DownloadTable, name: string): Promise<BulkReplayItem[]> {
  const items = await table.partition<BulkReplayItem>(bulkPartition(name))
  return items.sort((one, other) => ((one.place ?? '') < (other.place ?? '') ? -1 : 1))
}

function placed(name: string, { execution, redriveCount, export: exportName, place = '', outcomeAt }: BulkReplayItem) {
  return { ...waitingReplay({ replay: execution, redriveCount, bulk: name }, outcomeAt, exportName), place }
}

async function failedOf(list: (query: DownloadsQuery) => Promise<DownloadsPage>, filter: ReplayFilter) {
  const found: FailedDownload[] = []
  let cursor: string | null | undefined
  do {
    const page = await list({ ...filter, state: 'failed', limit: PAGE, ...(cursor && { cursor }) })
    // A download that was sent again is already being handled by somebody.
    found.push(...page.downloads.filter(({ replayedAs }) => replayedAs === undefined))
    cursor = page.cursor
    if (found.length > MOST) throw tooMany()
  } while (cursor)
  return found
}

async function groupOf(table: DownloadTable, { group, until }: { group: string; until?: string | undefined }) {
  const { groups } = await groupFailures(table.failed())
  const found = groups.find(({ key }) => key === group)?.downloads ?? []
  const wanted = until === undefined ? found : found.filter(({ at }) => at <= until)
  if (wanted.length > MOST) throw tooMany()
  return wanted
}

async function sendMessages({ client, url }: { client: SQSClient; url: string }, bodies: string[]) {
  for (let at = 0; at < bodies.length; at += MESSAGES_AT_ONCE) {
    const Entries = bodies.slice(at, at + MESSAGES_AT_ONCE).map((MessageBody, index) => {
      return { Id: String(index), MessageGroupId: MESSAGE_GROUP, MessageBody }
    })
    const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }))
    if (Failed[0])
      throw new Error(`The queue did not accept all messages: ${Failed[0].Message}. Make the bulk replay again.`)
  }
}

async function inParallel<In, Out>(inputs: readonly In[], work: (input: In) => Promise<Out>): Promise<Out[]> {
  const results: Out[] = []
  for (let at = 0; at < inputs.length; at += AT_ONCE) {
    results.push(...(await Promise.all(inputs.slice(at, at + AT_ONCE).map(work))))
  }
  return results
}

function oldestFirst(downloads: FailedDownload[]): FailedDownload[] {
  return downloads.toSorted((one, other) => (one.at < other.at ? -1 : 1))
}

function nameTaken({ name, by, at }: BulkReplayFact): InvalidRequest {
  return new InvalidRequest(`A bulk replay “${name}” already exists, made by ${by} at ${at}. Choose another name.`)
}

function tooMany(): InvalidRequest {
  return new InvalidRequest(`A bulk replay can have at most ${MOST} executions. Narrow it, for example by time.`)
}
