/** The Task state: one attempt with its events and its time limit. The interpreter does not know what it calls. */
import type { TaskState } from './definition.ts'
import { Interrupted, StateFailed, TaskError } from './errors.ts'
import { type NewEvent, parseResource, type Resource, taskEvents } from './history.ts'
import { append, bindings, commit, evaluateField, evaluateFieldAs, payload, refuseField, type Scope } from './scope.ts'

/**
 * Makes one attempt, or repeats the one that the last process was making.
 *
 * @returns the result, and the event that records it
 * @throws StateFailed
 */
export async function performTask(scope: Scope, state: TaskState): Promise<{ result: unknown; events: NewEvent[] }> {
  const resource = parseResource(state.Resource)
  const attempt = scope.frame.progress.attempt ?? (await schedule(scope, state, resource))
  const result = await call(scope, state.Resource, resource, attempt)
  const producer = 'functionArn' in resource ? resource.functionArn : resource.resourceType
  const json = payload(result, producer, (cause) => [
    taskEvents.failed(resource, { error: 'States.DataLimitExceeded', cause }),
  ])
  return { result: JSON.parse(json), events: [taskEvents.succeeded(resource, json)] }
}

type Attempt = { arguments: unknown; timeoutSeconds?: number }

async function schedule(scope: Scope, state: TaskState, resource: Resource): Promise<Attempt> {
  const { execution, frame } = scope
  const seen = bindings(scope)
  const args =
    frame.progress.arguments ??
    (state.Arguments === undefined
      ? JSON.parse(frame.input)
      : await evaluateField(scope, state.Arguments, 'Arguments', seen))
  const attempt: Attempt = { arguments: args }
  if (state.TimeoutSeconds !== undefined) {
    attempt.timeoutSeconds = await evaluateFieldAs(scope, 'number', state.TimeoutSeconds, 'TimeoutSeconds', seen)
    if (!(attempt.timeoutSeconds > 0))
      refuseField(scope, 'TimeoutSeconds', 'TimeoutSeconds must be a positive integer.')
  }
  const json = payload(args, frame.state)
  commit(scope, () => {
    frame.progress = { ...frame.progress, attempt }
    append(scope, taskEvents.scheduled(resource, json, attempt.timeoutSeconds, execution.around.region))
    execution.save(frame)
  })
  return attempt
}

async function call(scope: Scope, arn: string, resource: Resource, attempt: Attempt): Promise<unknown> {
  const ended = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let cut = () => {}
  let settled = false
  const { runTask } = scope.execution.around
  const run = async () =>
    runTask({
      ...{ resource: arn, arguments: attempt.arguments, signal: ended.signal },
      ...{ roleArn: scope.execution.row.roleArn, session: scope.execution.row.name },
    })
  try {
    return await new Promise((resolve, reject) => {
      if (scope.signal.aborted) return reject(new Interrupted())
      cut = () => reject(new Interrupted())
      scope.signal.addEventListener('abort', cut, { once: true })
      if (attempt.timeoutSeconds !== undefined) {
        const timedOut = new StateFailed({ error: 'States.Timeout' }, [taskEvents.timedOut(resource)])
        timer = setTimeout(() => reject(timedOut), Math.min(attempt.timeoutSeconds * 1000, 2 ** 31 - 1))
      }
      run()
        .finally(() => {
          settled = true
        })
        .then(resolve, (error: unknown) => reject(taskFailed(resource, error)))
    })
  } finally {
    clearTimeout(timer)
    scope.signal.removeEventListener('abort', cut)
    if (!settled) ended.abort()
  }
}

function taskFailed(resource: Resource, thrown: unknown): StateFailed {
  const { error, cause } =
    thrown instanceof TaskError ? thrown : { error: 'States.TaskFailed', cause: (thrown as Error)?.message }
  const failure = { error: error.slice(0, 256), cause: (cause ?? '').slice(0, 32_768) }
  return new StateFailed(failure, [taskEvents.failed(resource, failure)])
}
