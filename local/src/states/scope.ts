/** The scope of a state: its execution, the possible next states, its frame, and the signal that ends it. */
import { MESSAGE_BYTES } from '../limits.ts'
import type { State, StateList } from './definition.ts'
import { Interrupted, StateFailed } from './errors.ts'
import type { Execution } from './execution.ts'
import { type Bindings, EvaluationError, evaluate, evaluateAs } from './expression.ts'
import { type Frame, visibleVariables } from './frame.ts'
import type { NewEvent } from './history.ts'

export interface Scope {
  execution: Execution
  list: StateList
  frame: Frame
  signal: AbortSignal
}

/** Writes a step, unless the scope has ended in the meantime and may no longer write. */
export function commit(scope: Scope, write: () => void) {
  if (scope.signal.aborted) throw new Interrupted()
  scope.execution.commit(write)
}

/** Called within a commit: appends events, each following the previous one. */
export function append({ execution, frame }: Scope, events: NewEvent[]) {
  for (const event of events) frame.lastEvent = execution.append(frame.lastEvent, event)
}

/** What a state's expression can use in addition to its input. */
export interface Extra {
  result?: unknown
  errorOutput?: unknown
  /** The current item of an ItemSelector. */
  item?: { Index: number; Value: unknown }
}

/**
 * Returns the bindings of expressions: `$states` and the variables.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
 */
export function bindings(scope: Scope, { item, ...extra }: Extra = {}): Bindings {
  const { execution, list, frame } = scope
  const { row } = execution
  const mapItem = item ?? itemOf(frame)
  const state = list.States[frame.state] as State
  const retries = (frame.progress.retries ?? []).reduce((sum, count) => sum + count, 0)
  const context = {
    Execution: {
      Id: row.arn,
      Input: execution.input,
      Name: row.name,
      RoleArn: row.roleArn,
      StartTime: new Date(row.startedAt).toISOString(),
      ...(row.redrivenAt === null && execution.around.doubts.redriveCountAppearsLate
        ? {}
        : { RedriveCount: row.redriveCount }),
      ...(row.redrivenAt === null ? {} : { RedriveTime: new Date(row.redrivenAt).toISOString() }),
    },
    StateMachine: { Id: row.machineArn, Name: row.machineArn.split(':').at(-1) },
    State: {
      Name: frame.state,
      EnteredTime: new Date(frame.enteredAt ?? row.startedAt).toISOString(),
      ...('Retry' in state || state.Type === 'Task' ? { RetryCount: retries } : {}),
    },
    ...(mapItem && { Map: { Item: mapItem } }),
  }
  return { ...visibleVariables(frame), states: { input: JSON.parse(frame.input), context, ...extra } }
}

/** Evaluates a field of the scope's state. @throws StateFailed with States.QueryEvaluationError */
export function evaluateField(scope: Scope, value: unknown, location: string, seen: Bindings): Promise<unknown> {
  return orFail(scope, evaluate(value, location, seen))
}

/** Evaluates a field of a given type. @throws StateFailed with States.QueryEvaluationError */
export function evaluateFieldAs<K extends Parameters<typeof evaluateAs>[0]>(
  scope: Scope,
  kind: K,
  value: unknown,
  location: string,
  seen: Bindings,
) {
  return orFail(scope, evaluateAs(kind, value, location, seen))
}

/** @param location '' if no specific field is wrong @throws StateFailed if an evaluated value does not fit its field */
export function refuseField(scope: Scope, location: string, message: string): never {
  throw evaluationFailed(scope, new EvaluationError(location, message))
}

/** Returns the JSON text of a state's data. @throws StateFailed with States.DataLimitExceeded */
export function payload(value: unknown, producer: string, events: (cause: string) => NewEvent[] = () => []): string {
  const json = JSON.stringify(value) ?? 'null'
  if (json.length <= MESSAGE_BYTES && Buffer.byteLength(json) <= MESSAGE_BYTES) return json
  const cause = `The state/task '${producer}' returned a result with a size exceeding the maximum number of bytes service limit.`
  throw new StateFailed({ error: 'States.DataLimitExceeded', cause }, events(cause))
}

async function orFail<T>(scope: Scope, evaluation: Promise<T>): Promise<T> {
  try {
    return await evaluation
  } catch (error) {
    throw error instanceof EvaluationError ? evaluationFailed(scope, error) : error
  }
}

function evaluationFailed({ frame }: Scope, { message, location }: EvaluationError): StateFailed {
  const error = 'States.QueryEvaluationError'
  const cause = `${whileExecuting(frame)} ${message}`
  const where = location === '' ? {} : { location }
  return new StateFailed({ error, cause }, [
    { type: 'EvaluationFailed', details: { state: frame.state, error, cause, ...where } },
  ])
}

/** The beginning of AWS's cause if a state rather than a task failed. */
export function whileExecuting(frame: Frame): string {
  return `An error occurred while executing the state '${frame.state}' (entered at the event id #${frame.enteredEvent}).`
}

/** Returns the item of the innermost Map that contains the frame. */
function itemOf({ parent, index }: Frame): { Index: number; Value: unknown } | undefined {
  if (!parent) return undefined
  const fan = parent.progress.fan
  return fan?.kind === 'Map' ? { Index: index, Value: fan.items[index] } : itemOf(parent)
}
