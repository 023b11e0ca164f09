/** The operations on executions, and the running executions. */
import { randomUUID } from 'node:crypto'
import { isDiskFull } from '../disk.ts'
import { MESSAGE_BYTES } from '../limits.ts'
import { AwsError, type Operation } from '../protocol.ts'
import type { Machine } from './definition.ts'
import type { Failure } from './errors.ts'
import { Execution, type Surroundings } from './execution.ts'
import { newFrame } from './frame.ts'
import { executionStarted, wireEvent, withoutData } from './history.ts'
import type { ExecutionRow, ExecutionStatus, Journal } from './journal.ts'
import { described, type Machines } from './machines.ts'
import { checkArn, checkName, invalid, pageSize, pageToken, readPageToken } from './names.ts'
import { reopen, whyNotRedrivable } from './redrive.ts'
import { runExecution } from './run.ts'

const STATUSES: ExecutionStatus[] = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']

interface Running {
  /** Replaced by another object of the same execution if it had to start again. */
  execution: Execution
  done: Promise<void>
}

export class Executions {
  readonly #around: Surroundings
  readonly #machines: Machines
  readonly #running = new Map<string, Running>()
  readonly #stopping = new AbortController()

  constructor(around: Surroundings, machines: Machines) {
    this.#around = around
    this.#machines = machines
  }

  /** Continues what was running when the last process ended. */
  resume() {
    for (const row of this.#around.journal.running()) if (!this.#running.has(row.arn)) this.#launch(row)
  }

  /** Stops the work, leaving every execution unchanged. */
  async stop() {
    this.#stopping.abort()
    const running = [...this.#running.values()]
    for (const { execution } of running) execution.interrupt()
    await Promise.all(running.map(({ done }) => done))
  }

  readonly operations: Record<string, Operation> = {
    StartExecution: ({ stateMachineArn, name = randomUUID(), input = '{}' }) => {
      const machine = this.#machines.get(stateMachineArn)
      checkName(name)
      checkInput(input)
      const arn = `${machine.arn.replace(':stateMachine:', ':execution:')}:${name}`
      const existing = this.#around.journal.execution(arn)
      if (existing) {
        if (existing.status !== 'RUNNING' || existing.input !== input) {
          throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`)
        }
        return { executionArn: arn, startDate: existing.startedAt / 1000 }
      }
      const row = this.#start(machine, arn, name as string, input as string)
      return { executionArn: arn, startDate: row.startedAt / 1000 }
    },
    DescribeExecution: ({ executionArn }) => this.describe(executionArn),
    ListExecutions: (input) => this.#list(input),
    GetExecutionHistory: ({ executionArn, maxResults, reverseOrder, nextToken, includeExecutionData }) => {
      const row = this.#get(executionArn)
      const size = pageSize(maxResults)
      const reverse = reverseOrder === true
      const list = `${row.arn} ${reverse}`
      const after = readPageToken(list, nextToken) ?? (reverse ? Number.POSITIVE_INFINITY : 0)
      const found = this.#around.journal.events(row.id, after, size + 1, reverse)
      const page = found.slice(0, size)
      const more = found.length > size
      return {
        events: includeExecutionData === false ? page.map(withoutData) : page,
        ...(more && { nextToken: pageToken(list, page.at(-1)?.id as number) }),
      }
    },
    StopExecution: ({ executionArn, error, cause }) => {
      const row = this.#get(executionArn)
      if (row.status !== 'RUNNING') return { stopDate: (row.stoppedAt as number) / 1000 }
      const execution = this.#running.get(row.arn)?.execution ?? new Execution(row, this.#around)
      execution.end('ABORTED', failureOf(error, cause))
      return { stopDate: (execution.row.stoppedAt as number) / 1000 }
    },
    RedriveExecution: ({ executionArn, clientToken }) => {
      const row = this.#get(executionArn)
      if (clientToken !== undefined && clientToken === row.redriveToken) {
        return { redriveDate: (row.redrivenAt as number) / 1000 }
      }
      const reason = this.#whyNotRedrivable(row)
      if (reason) throw new AwsError('ExecutionNotRedrivable', reason)
      return { redriveDate: this.#redrive(row, (clientToken as string | undefined) ?? null) / 1000 }
    },
    DescribeStateMachineForExecution: ({ executionArn }) => {
      const row = this.#get(executionArn)
      const { machineArn, definition, roleArn, startedAt } = row
      const name = machineArn.split(':').at(-1) as string
      const current = this.#around.journal.machine(machineArn)
      const machine = current ?? {
        name,
        arn: machineArn,
        createdAt: startedAt,
        updatedAt: startedAt,
        revisionId: '',
        loggingConfiguration: null,
        tracingConfiguration: null,
        tags: '{}',
      }
      // An execution that ended long ago has lost its definition.
      const kept = definition === '' ? (current?.definition ?? '{}') : definition
      return { ...described({ ...machine, definition: kept, roleArn }), updateDate: machine.updatedAt / 1000 }
    },
  }

  #start(
    { arn: machineArn, definition, roleArn }: { arn: string; definition: string; roleArn: string },
    arn: string,
    name: string,
    input: string,
  ): ExecutionRow {
    const { journal, now, emit } = this.#around
    const machine = JSON.parse(definition) as Machine
    const startedAt = now()
    const fresh: Omit<ExecutionRow, 'id'> = {
      arn,
      name,
      machineArn,
      status: 'RUNNING',
      input,
      definition,
      roleArn,
      startedAt,
      stoppedAt: null,
      deadline: deadlineOf(machine, startedAt),
      output: null,
      error: null,
      cause: null,
      redriveCount: 0,
      redrivenAt: null,
      redriveToken: null,
    }
    const started = executionStarted(input, roleArn)
    const id = journal.transaction(() => {
      const id = journal.insertExecution(fresh)
      journal.appendEvent(id, 1, 0, startedAt, started)
      journal.saveFrame(id, newFrame(null, 0, machine.StartAt, input, 0))
      return id
    })
    emit(arn, wireEvent(1, 0, startedAt, started))
    const row = { id, ...fresh }
    this.#around.views.changed(row)
    this.#launch(row)
    return row
  }

  #redrive(row: ExecutionRow, redriveToken: string | null): number {
    const { journal, now, emit } = this.#around
    const redrivenAt = now()
    const machine = JSON.parse(row.definition) as Machine
    const changes = {
      status: 'RUNNING' as const,
      stoppedAt: null,
      error: null,
      cause: null,
      deadline: deadlineOf(machine, redrivenAt),
      redriveCount: row.redriveCount + 1,
      redrivenAt,
      redriveToken,
    }
    const event = { type: 'ExecutionRedriven', details: { redriveCount: changes.redriveCount } }
    const last = journal.lastEventId(row.id)
    journal.transaction(() => {
      journal.appendEvent(row.id, last + 1, last, redrivenAt, event)
      journal.updateExecution(row.id, changes)
      reopen(journal, row, last + 1, this.#around.doubts)
    })
    emit(row.arn, wireEvent(last + 1, last, redrivenAt, event))
    const redriven = { ...row, ...changes }
    this.#around.views.changed(redriven)
    this.#launch(redriven)
    return redrivenAt
  }

  #launch(row: ExecutionRow) {
    if (this.#stopping.signal.aborted) return
    const entry: Running = { execution: new Execution(row, this.#around), done: Promise.resolve() }
    const before = this.#running.get(row.arn)?.done
    // The last attempt of a redriven execution may still be ending.
    entry.done = (async () => {
      await before
      await this.#run(entry)
    })().finally(() => {
      if (this.#running.get(row.arn) === entry) this.#running.delete(row.arn)
    })
    this.#running.set(row.arn, entry)
  }

  /** Runs an execution. While the disk is full it restarts from what was written last, as after a crash. */
  async #run(entry: Running) {
    const { disk, journal } = this.#around
    const { signal } = this.#stopping
    const { arn } = entry.execution.row
    let again = false
    try {
      await disk.patiently(async () => {
        if (again) {
          const row = journal.execution(arn)
          if (row?.status !== 'RUNNING' || signal.aborted) return
          entry.execution = new Execution(row, this.#around)
        }
        again = true
        await runExecution(entry.execution)
      }, signal)
    } catch (error) {
      // A full disk does not prevent stopping.
      if (!signal.aborted || !isDiskFull(error)) throw error
    }
  }

  #get(arn: unknown, from: Pick<Journal, 'execution'> = this.#around.journal): ExecutionRow {
    const row = from.execution(checkArn(arn, 'execution'))
    if (!row) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`)
    return row
  }

  #whyNotRedrivable(row: ExecutionRow): string | undefined {
    const { journal, eventLimit: limit, now } = this.#around
    return whyNotRedrivable(row, { events: journal.lastEventId(row.id), limit, now: now() })
  }

  /** @throws AwsError InvalidArn, ExecutionDoesNotExist */
  describe(executionArn: unknown) {
    const row = this.#get(executionArn, this.#around.views)
    const reason = this.#whyNotRedrivable(row)
    return {
      ...summary(row),
      input: row.input,
      inputDetails: { included: true },
      ...(row.output !== null && { output: row.output, outputDetails: { included: true } }),
      ...(row.error !== null && { error: row.error }),
      ...(row.cause !== null && { cause: row.cause }),
      redriveStatus: reason ? 'NOT_REDRIVABLE' : 'REDRIVABLE',
      ...(reason && { redriveStatusReason: reason }),
    }
  }

  #list({ stateMachineArn, statusFilter, redriveFilter, maxResults, nextToken, mapRunArn }: Record<string, unknown>) {
    if (mapRunArn !== undefined) throw new AwsError('ResourceNotFound', 'Map runs do not exist locally.')
    const { arn } = this.#machines.get(stateMachineArn)
    if (statusFilter !== undefined && !STATUSES.includes(statusFilter as ExecutionStatus)) {
      throw invalid('statusFilter', statusFilter, `Member must satisfy enum value set: [${STATUSES}]`)
    }
    if (redriveFilter !== undefined && redriveFilter !== 'REDRIVEN' && redriveFilter !== 'NOT_REDRIVEN') {
      throw invalid('redriveFilter', redriveFilter, 'Member must satisfy enum value set: [REDRIVEN, NOT_REDRIVEN]')
    }
    const size = pageSize(maxResults)
    const list = `${arn} ${statusFilter} ${redriveFilter}`
    const before = readPageToken(list, nextToken) ?? Number.MAX_SAFE_INTEGER
    const conditions = ['machineArn = ?', 'id < ?']
    const values: (string | number)[] = [arn, before]
    if (statusFilter !== undefined) {
      conditions.push('status = ?')
      values.push(statusFilter as string)
    }
    if (redriveFilter !== undefined) conditions.push(`redriveCount ${redriveFilter === 'REDRIVEN' ? '>' : '='} 0`)
    const sql = `SELECT ${SUMMARY} FROM states_executions WHERE ${conditions.join(' AND ')} ORDER BY id DESC LIMIT ?`
    const found = this.#around.views.areLate
      ? this.#around.views
          .executions(arn)
          .filter((row) => row.id < before && (statusFilter === undefined || row.status === statusFilter))
          .filter((row) => redriveFilter === undefined || row.redriveCount > 0 === (redriveFilter === 'REDRIVEN'))
          .slice(0, size + 1)
      : this.#around.journal.all<ExecutionRow>(sql, ...values, size + 1)
    const page = found.slice(0, size)
    const more = found.length > size
    return { executions: page.map(summary), ...(more && { nextToken: pageToken(list, page.at(-1)?.id as number) }) }
  }
}

/** Without input and output, which may be large. */
const SUMMARY = 'id, arn, machineArn, name, status, startedAt, stoppedAt, redriveCount, redrivenAt'

function summary(row: ExecutionRow) {
  return {
    executionArn: row.arn,
    stateMachineArn: row.machineArn,
    name: row.name,
    status: row.status,
    startDate: row.startedAt / 1000,
    ...(row.stoppedAt !== null && { stopDate: row.stoppedAt / 1000 }),
    redriveCount: row.redriveCount,
    ...(row.redrivenAt !== null && { redriveDate: row.redrivenAt / 1000 }),
  }
}

function deadlineOf({ TimeoutSeconds }: Machine, from: number): number | null {
  return TimeoutSeconds === undefined ? null : from + TimeoutSeconds * 1000
}

function failureOf(error: unknown, cause: unknown): Failure {
  return { ...(typeof error === 'string' && { error }), ...(typeof cause === 'string' && { cause }) }
}

function checkInput(input: unknown) {
  if (typeof input !== 'string' || Buffer.byteLength(input) > MESSAGE_BYTES) {
    const limit = `Member must have length less than or equal to ${MESSAGE_BYTES}`
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value at 'input' failed to satisfy constraint: ${limit}`,
    )
  }
  try {
    JSON.parse(input)
  } catch (error) {
    const { message } = error as Error
    throw new AwsError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${message}'`)
  }
}
