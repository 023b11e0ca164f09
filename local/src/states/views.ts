/** Executions as DescribeExecution and ListExecutions return them, with AWS's lag if a test wants it. */
import type { ExecutionRow, Journal } from './journal.ts'

export class Views {
  readonly #journal: Journal
  readonly #now: () => number
  readonly #lagMillis: number
  /** By ARN, oldest first. */
  readonly #versions = new Map<string, { at: number; row: ExecutionRow }[]>()

  constructor(journal: Journal, now: () => number, lagMillis = 0) {
    this.#journal = journal
    this.#now = now
    this.#lagMillis = lagMillis
  }

  /** Must be called with every change. */
  changed(row: ExecutionRow) {
    if (this.#lagMillis === 0) return
    const versions = this.#versions.get(row.arn) ?? []
    versions.push({ at: this.#now(), row: { ...row } })
    this.#versions.set(row.arn, versions)
  }

  execution(arn: string): ExecutionRow | undefined {
    const row = this.#journal.execution(arn)
    return row && this.#seen(row)
  }

  /** Returns executions, newest first. */
  executions(machineArn: string): ExecutionRow[] {
    const sql = 'SELECT * FROM states_executions WHERE machineArn = ? ORDER BY id DESC'
    return this.#journal.all<ExecutionRow>(sql, machineArn).flatMap((row) => this.#seen(row) ?? [])
  }

  get areLate(): boolean {
    return this.#lagMillis > 0
  }

  #seen(row: ExecutionRow): ExecutionRow | undefined {
    const versions = this.#versions.get(row.arn)
    // Not changed since the process began.
    if (!versions) return row
    return versions.findLast(({ at }) => at <= this.#now() - this.#lagMillis)?.row
  }
}
