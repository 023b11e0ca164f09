/**
 * What AWS does not document, or documents as eventually consistent. A machine must be right in either case, so its tests
 * run it under each switch. All are off by default.
 */
export interface Doubts {
  /** A redriven Task is called with the arguments of its last attempt; they are not evaluated again. */
  redriveKeepsArguments?: boolean
  /** Variables assigned before a redrive are gone after it. */
  redriveForgetsVariables?: boolean
  /** The context object has `Execution.RedriveCount` only once the execution has been redriven. */
  redriveCountAppearsLate?: boolean
  /** `States.Runtime` fails the execution though a rule of Catch names it. */
  runtimeIsNeverCaught?: boolean
  /** How far behind ListExecutions and DescribeExecution are, in milliseconds. */
  lagMillis?: number
}
