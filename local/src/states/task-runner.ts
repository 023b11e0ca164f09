/** Does what a Task's resource stands for; `signal` is aborted when nobody waits for the result any more. */
export type TaskRunner = (task: {
  resource: string
  arguments: unknown
  signal: AbortSignal
  /** The state machine's, and the execution's name, which the call is made as. */
  roleArn: string
  session: string
}) => Promise<unknown>
