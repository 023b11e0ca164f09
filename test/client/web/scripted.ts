/** The web app's part over a scripted client: what the table and AWS answer, and what each was asked. */
import type { Carryout } from '../../../client/carryout.ts'
import { NoSuchExecution } from '../../../client/errors.ts'
import type { Progress } from '../../../client/progress.ts'
import type { DownloadTable } from '../../../client/table.ts'
import type { DownloadProblem } from '../../../client/web/contract.ts'
import { createDownloads } from '../../../client/web/downloads.ts'
import type { DownloadsOptions } from '../../../client/web/options.ts'
import type { DownloadEntry } from '../../../statemachine/table.ts'

type Client = Pick<
  Carryout,
  'parts' | 'refresh' | 'examine' | 'request' | 'cancel' | 'get' | 'link' | 'downloads' | 'requireTable'
>
type Table = Pick<
  DownloadTable,
  'entry' | 'standing' | 'newest' | 'line' | 'maxRunning' | 'pause' | 'outage' | 'addLineage'
>
type Answers<T> = { [Name in keyof T]?: (...args: never[]) => unknown }

export interface Script extends Partial<Omit<DownloadsOptions, 'carryout'>> {
  /** What the table has. A test may change it. */
  entries?: DownloadEntry[]
  /** What the client's calls answer, where that differs from the usual. */
  client?: Answers<Client>
  /** What the table's calls answer, where that differs from the usual. */
  table?: Answers<Table>
}

export const USER = 'hanako@example.com'
/** When it was requested. */
const AT = '2026-07-01T00:00:00.000Z'

/** Hanako's download, which waits unless it is changed. */
export function givenEntry(change: Partial<DownloadEntry> = {}): DownloadEntry {
  const requested = { export: 'orders', requestedBy: USER, requester: USER, params: '{}', format: 'csv' }
  return { id: 'orders-1', state: 'waiting', at: AT, requestedAt: AT, redriveCount: 0, ...requested, ...change }
}

export const READY: Partial<DownloadEntry> = {
  ...{ state: 'ready', startedAt: '2026-07-01T00:01:00.000Z', endedAt: '2026-07-01T00:02:00.000Z' },
  ...{ fileName: 'orders.csv', rows: 7, bytes: 70 },
}

/** The progress of an execution that has just started, unless it is changed. */
export function givenProgress(change: Partial<Progress> = {}): Progress {
  const none = { estimatedRows: null, title: null, format: null, catalogue: null, file: null, failure: null }
  return { status: 'RUNNING', rows: 0, bytes: 0, stoppedAt: null, ...none, ...change } as Progress
}

export function givenDownloads(script: Script = {}) {
  const { entries = [], client = {}, table = {}, ...options } = script
  const asked: unknown[][] = []
  const noted = <T extends object>(answers: T): T =>
    Object.fromEntries(
      Object.entries(answers).map(([name, answer]) => [
        name,
        async (...args: unknown[]) => {
          asked.push([name, ...args])
          return await answer(...args)
        },
      ]),
    ) as T
  const downloadTable = noted({
    entry: (id: string) => entries.find((entry) => entry.id === id),
    standing: () => ({ pending: 0, ids: new Set(), same: undefined, finished: undefined }),
    newest: () => [],
    line: () => [],
    maxRunning: () => 1,
    pause: () => undefined,
    outage: () => undefined,
    addLineage: () => undefined,
    ...table,
  })
  const carryout = noted({
    parts: () => ({ queueUrl: '', stateMachineArn: '', bucket: '' }),
    refresh: () => givenProgress(),
    examine: () => ({ problem: null, catalogue: null }),
    request: () => undefined,
    cancel: () => 'waiting',
    get: (id: string) => {
      throw new NoSuchExecution(id)
    },
    link: (id: string) => ({ url: `https://files.example.com/${id}`, expiresAt: AT }),
    downloads: () => ({ downloads: entries, cursor: null }),
    requireTable: () => downloadTable,
    ...client,
  }) as unknown as Carryout
  const errors: unknown[] = []
  const handler = createDownloads({
    ...{ carryout, identify: () => ({ user: USER }), onError: (error) => void errors.push(error), ...options },
  })
  return {
    handler,
    errors,
    /** The arguments of each call of the client or the table with this name. */
    askedFor: (name: keyof Client | keyof Table) => asked.filter(([each]) => each === name).map(([, ...args]) => args),
    get: (path: string, headers: Record<string, string> = {}) => handler(getting(path, headers)),
    post: (path: string, body: unknown = {}, headers: Record<string, string> = {}) =>
      handler(posting(path, body, headers)),
  }
}

export function getting(path: string, headers: Record<string, string> = {}): Request {
  return new Request(`https://shop.example.com/downloads${path}`, { headers })
}

/** @param body sent as it is if it is a text, otherwise as JSON */
export function posting(path: string, body: unknown, headers: Record<string, string> = {}): Request {
  return new Request(`https://shop.example.com/downloads${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

/** The status, the name and the sentence of a refusal. */
export async function refusalOf(answer: Promise<Response>): Promise<[number, string, string]> {
  const response = await answer
  const { error } = (await response.json()) as DownloadProblem
  return [response.status, error.name, error.message]
}
