/** Runs an execution from its frames to its end. */
import { isDiskFull } from '../disk.ts'
import { Interrupted } from './errors.ts'
import type { Execution } from './execution.ts'
import { runFrame } from './interpreter.ts'
import { sleepUntil } from './sleep.ts'

/** Runs until the execution has ended or is interrupted. @throws only errors of the store */
export async function runExecution(execution: Execution): Promise<void> {
  const { row, around, signal } = execution
  if (signal.aborted) return
  // The deadline may have passed while nothing ran.
  if (row.deadline !== null && row.deadline <= around.now()) return execution.end('TIMED_OUT', {})
  const timer = row.deadline === null ? undefined : endAt(row.deadline, execution)
  try {
    await runFrame({ execution, list: execution.machine, frame: execution.root, signal })
  } catch (error) {
    if (error instanceof Interrupted) return
    // It keeps its last written state, and continues from there when there is room.
    if (isDiskFull(error)) throw error
    const cause = (error as Error).message
    // An internal error ends the execution visibly instead of leaving it running forever.
    if (row.status === 'RUNNING') execution.end('FAILED', { error: 'States.Runtime', cause })
  } finally {
    execution.interrupt()
    await timer
  }
}

async function endAt(deadline: number, execution: Execution) {
  try {
    await sleepUntil(deadline, execution.signal, execution.around.now)
  } catch {
    return
  }
  execution.end('TIMED_OUT', {})
}
