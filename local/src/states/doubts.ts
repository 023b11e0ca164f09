/**
 * Behaviour that AWS does not document, or documents as eventually consistent. A machine must work in either case, so
 * its tests run it with each switch. All are off by default.
 */
export interface Doubts {
  /** A redriven Task is called with the arguments of its last attempt, without evaluating them again. */
  redriveKeepsArguments?: boolean
  /** Variables assigned before a redrive are lost after it. */
  redriveForgetsVariables?: boolean
  /** The context object has `Execution.RedriveCount` only after a redrive. */
  redriveCountAppearsLate?: boolean
  /** `States.Runtime` fails the execution even if a Catch rule names it. */
  runtimeIsNeverCaught?: boolean
  /** How far ListExecutions and DescribeExecution lag, in milliseconds. */
  lagMillis?: number
}
