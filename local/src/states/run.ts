/** Runs an execution from wherever its frames are to its end. */
import { isDiskFull } from '../disk.ts'
import { Interrupted } from './errors.ts'
import type { Execution } from './execution.ts'
import { runFrame } from './interpreter.ts'
import { sleepUntil } from './sleep.ts'

/** Runs until the execution has ended or is interrupted. @throws only what the store throws */
export async function runExecution(execution: Execution): Promise<void> {
  const { row, around, signal } = execution
  if (signal.aborted) return
  // It may have passed while nothing ran.
  if (row.deadline !== null && row.deadline <= around.now()) return execution.end('TIMED_OUT', {})
  const timer = row.deadline === null ? undefined : endAt(row.deadline, execution)
  try {
    await runFrame({ execution, list: execution.machine, frame: execution.root, signal })
  } catch (error) {
    if (error instanceof Interrupted) return
    // It stays as it was written last, and goes on from there when there is room.
    if (isDiskFull(error)) throw error
    const cause = (error as Error).message
    // A fault of the interpreter ends the execution visibly instead of leaving it running for ever.
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
