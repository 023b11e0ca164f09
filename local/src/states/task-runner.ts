/** Does what a Task's resource stands for; `signal` is aborted when nobody waits for the result any more. */
export type TaskRunner = (task: { resource: string; arguments: unknown; signal: AbortSignal }) => Promise<unknown>
