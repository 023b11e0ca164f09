/**
 * A running execution: writes its events in one transaction per step, and ends it when it is stopped or its time is
 * over.
 */

import type { Disk } from '../disk.ts'
import type { Machine, StateList } from './definition.ts'
import type { Doubts } from './doubts.ts'
import { type Failure, HistoryFull, Interrupted } from './errors.ts'
import { type Frame, listOf } from './frame.ts'
import { executionSucceeded, type HistoryEvent, type NewEvent, wireEvent } from './history.ts'
import type { ExecutionRow, ExecutionStatus, Journal } from './journal.ts'
import type { TaskRunner } from './task-runner.ts'
import type { Views } from './views.ts'

/** What all executions share. */
export interface Surroundings {
  journal: Journal
  region: string
  runTask: TaskRunner
  now: () => number
  /** Factor for Wait and Retry delays: 1 on a laptop, less in tests. */
  delayScale: number
  doubts: Doubts
  /** The maximum number of events in a history. */
  eventLimit: number
  disk: Disk
  /** Updated with what DescribeExecution and ListExecutions return. */
  views: Views
  /** Called with every event after it is written. */
  emit: (executionArn: string, event: HistoryEvent) => void
}

const ENDED: Record<Exclude<ExecutionStatus, 'RUNNING' | 'SUCCEEDED'>, string> = {
  FAILED: 'ExecutionFailed',
  TIMED_OUT: 'ExecutionTimedOut',
  ABORTED: 'ExecutionAborted',
}

export class Execution {
  readonly row: ExecutionRow
  readonly machine: Machine
  readonly input: unknown
  readonly around: Surroundings
  /** By path; initially those of the previous process. */
  readonly #frames: Map<string, Frame>
  readonly #abort = new AbortController()
  #lastEvent: number
  #written: HistoryEvent[] = []

  constructor(row: ExecutionRow, around: Surroundings) {
    this.row = row
    this.around = around
    this.machine = JSON.parse(row.definition) as Machine
    this.input = JSON.parse(row.input)
    this.#frames = around.journal.frames(row.id)
    this.#lastEvent = around.journal.lastEventId(row.id)
  }

  /** Aborted when the work must stop: by `interrupt`, or because the execution has ended. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** The frame of the machine's own states. */
  get root(): Frame {
    return this.#frames.get('') as Frame
  }

  /** Stops the work and leaves everything as last written. */
  interrupt() {
    this.#abort.abort()
  }

  /** Ends the execution from outside of its states. */
  end(status: keyof typeof ENDED, failure: Failure) {
    this.commit(() => this.#cut(status, failure))
    this.interrupt()
  }

  /** Called within a commit when the root's last state has succeeded. */
  succeeded(root: Frame, output: string) {
    this.append(root.lastEvent, executionSucceeded(output))
    this.around.journal.deleteFrames(this.row.id)
    this.#finish({ status: 'SUCCEEDED', output })
  }

  /** Called within a commit when the root's state has failed without being caught. */
  failed(root: Frame, failure: Failure) {
    this.append(root.lastEvent, { type: ENDED.FAILED, details: { ...failure } })
    this.#finish({ status: 'FAILED', error: failure.error ?? null, cause: failure.cause ?? null })
  }

  /**
   * Writes everything in `write` or nothing, then notifies followers. If the history is full, what fits is written, and
   * the execution ends.
   *
   * @throws Interrupted if that has ended the execution
   */
  commit(write: () => void) {
    const before = this.#lastEvent
    let full: HistoryFull | undefined
    try {
      this.around.journal.transaction(() => {
        try {
          write()
        } catch (error) {
          if (!(error instanceof HistoryFull)) throw error
          full = error
          this.#cut('FAILED', { error: 'States.Runtime', cause: full.message })
        }
      })
    } catch (error) {
      this.#lastEvent = before
      this.#written = []
      throw error
    }
    const written = this.#written
    this.#written = []
    for (const event of written) this.around.emit(this.row.arn, event)
    if (!full) return
    this.interrupt()
    throw new Interrupted()
  }

  /** Called within a commit. @returns the event's id */
  append(previous: number, event: NewEvent): number {
    const id = this.#lastEvent + 1
    const { eventLimit } = this.around
    if (id >= eventLimit && !event.type.startsWith('Execution')) throw new HistoryFull(eventLimit)
    const at = this.around.now()
    this.around.journal.appendEvent(this.row.id, id, previous, at, event)
    this.#lastEvent = id
    this.#written.push(wireEvent(id, previous, at, event))
    return id
  }

  /** Called within a commit. */
  save(frame: Frame) {
    this.around.journal.saveFrame(this.row.id, frame)
  }

  /** Registers a new iteration or branch. */
  adopt(frame: Frame) {
    this.#frames.set(frame.path, frame)
  }

  /** Returns the iterations or branches of the frame's state, by index. */
  childrenOf(frame: Frame): Map<number, Frame> {
    const children = [...this.#frames.values()].filter((child) => child.parent === frame)
    return new Map(children.map((child) => [child.index, child]))
  }

  /** Returns what still runs in the frame's state, innermost first. */
  runningBelow(frame: Frame): Frame[] {
    return [...this.#frames.values()]
      .filter(({ path, status }) => path.startsWith(`${frame.path}/`) && status === 'RUNNING')
      .sort((a, b) => b.path.split('/').length - a.path.split('/').length)
  }

  /** Returns the states of the frame's scope. */
  listOf(frame: Frame): StateList {
    return listOf(this.machine, frame)
  }

  /** Called within a commit: removes the iterations or branches of the frame's state. */
  forgetChildren(frame: Frame) {
    for (const path of this.#frames.keys()) if (path.startsWith(`${frame.path}/`)) this.#frames.delete(path)
    this.around.journal.deleteFramesBelow(this.row.id, frame.path)
  }

  /** Called within a commit: ends the execution in whatever states it is. */
  #cut(status: keyof typeof ENDED, failure: Failure) {
    this.around.journal.abortFrames(this.row.id)
    this.append(this.#lastEvent, { type: ENDED[status], details: { ...failure } })
    this.#finish({ status, error: failure.error ?? null, cause: failure.cause ?? null })
  }

  #finish(changes: Partial<ExecutionRow>) {
    const stopped = { ...changes, stoppedAt: this.around.now() }
    this.around.journal.updateExecution(this.row.id, stopped)
    Object.assign(this.row, stopped)
    this.around.views.changed(this.row)
  }
}
