/** The service's tables in the store: machines, executions, their frames and histories. */

import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite'
import { transaction } from '../transaction.ts'
import type { Frame, FrameStatus } from './frame.ts'
import { type HistoryEvent, type NewEvent, wireEvent } from './history.ts'

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED'

/** All times in epoch milliseconds. */
export interface MachineRow {
  arn: string
  name: string
  definition: string
  roleArn: string
  createdAt: number
  updatedAt: number
  revisionId: string
  loggingConfiguration: string | null
  tracingConfiguration: string | null
  /** A JSON object. */
  tags: string
}

export interface ExecutionRow {
  /** Ascends in the order of starting. */
  id: number
  arn: string
  name: string
  machineArn: string
  status: ExecutionStatus
  input: string
  /** The machine as it was at the start, which redrives also use. */
  definition: string
  roleArn: string
  startedAt: number
  stoppedAt: number | null
  /** When the machine's TimeoutSeconds end. */
  deadline: number | null
  output: string | null
  error: string | null
  cause: string | null
  redriveCount: number
  redrivenAt: number | null
  redriveToken: string | null
}

const SCHEMA = `
CREATE TABLE IF NOT EXISTS states_machines (
  arn TEXT PRIMARY KEY, name TEXT NOT NULL, definition TEXT NOT NULL, roleArn TEXT NOT NULL,
  createdAt REAL NOT NULL, updatedAt REAL NOT NULL, revisionId TEXT NOT NULL,
  loggingConfiguration TEXT, tracingConfiguration TEXT, tags TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE TABLE IF NOT EXISTS states_executions (
  id INTEGER PRIMARY KEY AUTOINCREMENT, arn TEXT NOT NULL UNIQUE, name TEXT NOT NULL, machineArn TEXT NOT NULL,
  status TEXT NOT NULL, input TEXT NOT NULL, definition TEXT NOT NULL, roleArn TEXT NOT NULL, startedAt REAL NOT NULL,
  stoppedAt REAL, deadline REAL, output TEXT, error TEXT, cause TEXT,
  redriveCount INTEGER NOT NULL DEFAULT 0, redrivenAt REAL, redriveToken TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS states_executions_of ON states_executions (machineArn, id);
CREATE INDEX IF NOT EXISTS states_executions_in ON states_executions (status, machineArn, id);
CREATE TABLE IF NOT EXISTS states_events (
  execution INTEGER NOT NULL, id INTEGER NOT NULL, previous INTEGER NOT NULL, type TEXT NOT NULL, at REAL NOT NULL,
  details TEXT, PRIMARY KEY (execution, id)
) STRICT;
CREATE TABLE IF NOT EXISTS states_frames (
  execution INTEGER NOT NULL, path TEXT NOT NULL, status TEXT NOT NULL, state TEXT NOT NULL, input TEXT NOT NULL,
  variables TEXT NOT NULL, enteredAt REAL, enteredEvent INTEGER NOT NULL, lastEvent INTEGER NOT NULL,
  progress TEXT NOT NULL, output TEXT, failure TEXT, PRIMARY KEY (execution, path)
) STRICT;`

type Row = Record<string, SQLOutputValue>

export class Journal {
  readonly #store: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(store: DatabaseSync) {
    this.#store = store
    store.exec(SCHEMA)
  }

  /** Writes everything or nothing; synchronous, so that nothing else of the process runs in between. */
  transaction<T>(write: () => T): T {
    return transaction(this.#store, write)
  }

  machine(arn: string): MachineRow | undefined {
    return this.get('SELECT * FROM states_machines WHERE arn = ?', arn)
  }

  machines(): MachineRow[] {
    return this.all('SELECT * FROM states_machines ORDER BY name')
  }

  saveMachine(row: MachineRow) {
    this.#save('states_machines', { ...row })
  }

  deleteMachine(arn: string) {
    this.#run('DELETE FROM states_machines WHERE arn = ?', arn)
  }

  execution(arn: string): ExecutionRow | undefined {
    return this.get('SELECT * FROM states_executions WHERE arn = ?', arn)
  }

  running(): ExecutionRow[] {
    return this.all("SELECT * FROM states_executions WHERE status = 'RUNNING' ORDER BY id")
  }

  /** @returns the row's id. */
  insertExecution(row: Omit<ExecutionRow, 'id'>): number {
    const names = Object.keys(row)
    const sql = `INSERT INTO states_executions (${names}) VALUES (${names.map(() => '?')})`
    return Number(this.#prepared(sql).run(...Object.values(row)).lastInsertRowid)
  }

  updateExecution(id: number, changes: Partial<ExecutionRow>) {
    const set = Object.keys(changes).map((name) => `${name} = ?`)
    this.#run(`UPDATE states_executions SET ${set} WHERE id = ?`, ...Object.values(changes), id)
  }

  appendEvent(execution: number, id: number, previous: number, at: number, event: NewEvent) {
    const details = event.details ? JSON.stringify(event.details) : null
    this.#run('INSERT INTO states_events VALUES (?, ?, ?, ?, ?, ?)', execution, id, previous, event.type, at, details)
  }

  lastEventId(execution: number): number {
    const row = this.get<{ id: number | null }>(
      'SELECT max(id) AS id FROM states_events WHERE execution = ?',
      execution,
    )
    return row?.id ?? 0
  }

  /** @param after the id of the last event that was read; Infinity before the first one in reverse order */
  events(execution: number, after: number, limit: number, reverse: boolean): HistoryEvent[] {
    const [operator, order] = reverse ? ['<', 'DESC'] : ['>', 'ASC']
    const sql = `SELECT * FROM states_events WHERE execution = ? AND id ${operator} ? ORDER BY id ${order} LIMIT ?`
    return this.all<EventRow>(sql, execution, Number.isFinite(after) ? after : Number.MAX_SAFE_INTEGER, limit).map(
      ({ id, previous, at, type, details }) =>
        wireEvent(id, previous, at, details ? { type, details: JSON.parse(details) } : { type }),
    )
  }

  saveFrame(execution: number, frame: Frame) {
    const { path, status, state, input, enteredAt, enteredEvent, lastEvent, output, failure } = frame
    const variables = JSON.stringify(frame.variables)
    const progress = JSON.stringify(frame.progress)
    const failed = failure && JSON.stringify(failure)
    this.#save('states_frames', {
      execution,
      path,
      status,
      state,
      input,
      variables,
      enteredAt,
      enteredEvent,
      lastEvent,
      progress,
      output,
      failure: failed,
    })
  }

  /** @returns frames by path; a parent comes before its children */
  frames(execution: number): Map<string, Frame> {
    const frames = new Map<string, Frame>()
    const rows = this.all<FrameRow>('SELECT * FROM states_frames WHERE execution = ?', execution)
    rows.sort((a, b) => depth(a.path) - depth(b.path) || indexOf(a.path) - indexOf(b.path))
    for (const { execution: _, ...row } of rows) {
      frames.set(row.path, {
        ...row,
        parent: row.path === '' ? null : (frames.get(row.path.slice(0, row.path.lastIndexOf('/'))) as Frame),
        index: indexOf(row.path),
        variables: JSON.parse(row.variables),
        progress: JSON.parse(row.progress),
        failure: row.failure && JSON.parse(row.failure),
      })
    }
    return frames
  }

  /** Ends the frames that still run. */
  abortFrames(execution: number) {
    this.#run("UPDATE states_frames SET status = 'ABORTED' WHERE execution = ? AND status = 'RUNNING'", execution)
  }

  deleteFrames(execution: number) {
    this.#run('DELETE FROM states_frames WHERE execution = ?', execution)
  }

  /** Deletes the iterations or branches of the frame's state. '0' is the character after '/'. */
  deleteFramesBelow(execution: number, path: string) {
    const sql = 'DELETE FROM states_frames WHERE execution = ? AND path > ? AND path < ?'
    this.#run(sql, execution, `${path}/`, `${path}0`)
  }

  get<T>(sql: string, ...values: SQLInputValue[]): T | undefined {
    return this.#prepared(sql).get(...values) as T | undefined
  }

  all<T>(sql: string, ...values: SQLInputValue[]): T[] {
    return this.#prepared(sql).all(...values) as unknown[] as T[]
  }

  #save(table: string, row: Row) {
    const names = Object.keys(row)
    this.#run(`INSERT OR REPLACE INTO ${table} (${names}) VALUES (${names.map(() => '?')})`, ...Object.values(row))
  }

  #run(sql: string, ...values: SQLInputValue[]) {
    this.#prepared(sql).run(...values)
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = this.#store.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }
}

interface EventRow {
  id: number
  previous: number
  at: number
  type: string
  details: string | null
}

interface FrameRow extends Omit<Frame, 'variables' | 'progress' | 'failure' | 'parent' | 'index' | 'status'> {
  execution: number
  status: FrameStatus
  variables: string
  progress: string
  failure: string | null
}

function depth(path: string): number {
  return path.split('/').length
}

function indexOf(path: string): number {
  return Number(path.slice(path.lastIndexOf('/') + 1))
}
