/** Runs a Task's resource. `signal` is aborted when the result is no longer needed. */
export type TaskRunner = (task: {
  resource: string
  arguments: unknown
  signal: AbortSignal
  /** The state machine's role and the execution's name, with which the call is made. */
  roleArn: string
  session: string
}) => Promise<unknown>
