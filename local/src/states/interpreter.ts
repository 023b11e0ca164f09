/**
 * Runs the states of a frame one after the other: each is entered, performed and exited. A step is written in one
 * transaction together with the entry into the next state, so memory is never ahead of the store.
 */
import { chooseRule } from './choice.ts'
import type { Catcher, FailState, Results, State, WaitState } from './definition.ts'
import { type Failure, matches, StateFailed } from './errors.ts'
import { performMap, performParallel } from './fan.ts'
import { type NewEvent, stateEntered, stateExited } from './history.ts'
import { nextRetry } from './retry.ts'
import {
  append,
  bindings,
  commit,
  type Extra,
  evaluateField,
  evaluateFieldAs,
  payload,
  refuseField,
  type Scope,
} from './scope.ts'
import { sleepUntil } from './sleep.ts'
import { performTask } from './task.ts'

/** The transition out of a state. */
interface Exit {
  /** Undefined at the end of the scope. */
  next: string | undefined
  /** JSON text. */
  output: string
  assign: Record<string, unknown>
  /** Events in the history before the state is exited. */
  events: NewEvent[]
}

/**
 * Runs the frame from its current position until it has succeeded or failed.
 *
 * @throws Interrupted if the scope's signal was aborted, HistoryFull
 */
export async function runFrame(scope: Scope): Promise<void> {
  const { frame, list } = scope
  while (frame.status === 'RUNNING') {
    const state = list.States[frame.state] as State
    if (frame.enteredAt === null) commit(scope, () => enter(scope, state))
    try {
      await waitForRetry(scope, state)
      const exit = await perform(scope, state)
      commit(scope, () => leave(scope, state, exit))
    } catch (error) {
      if (!(error instanceof StateFailed)) throw error
      await recover(scope, state, error)
    }
  }
}

async function perform(scope: Scope, state: State): Promise<Exit> {
  switch (state.Type) {
    case 'Pass':
    case 'Succeed':
      return exitOf(scope, state)
    case 'Task': {
      const { result, events } = await performTask(scope, state)
      return exitOf(scope, state, { result }, events)
    }
    case 'Map':
    case 'Parallel': {
      const result = await (state.Type === 'Map'
        ? performMap(scope, state, runFrame)
        : performParallel(scope, state, runFrame))
      return exitOf(scope, state, { result }, [{ type: `${state.Type}StateSucceeded` }])
    }
    case 'Wait':
      await wait(scope, state)
      return exitOf(scope, state)
    case 'Choice': {
      const { rule, location } = await chooseRule(scope, state)
      return transition(scope, rule, location, {}, rule.Next, [])
    }
    case 'Fail':
      throw await failureOf(scope, state)
  }
}

function exitOf(scope: Scope, state: State, extra: Extra = {}, events: NewEvent[] = []): Promise<Exit> {
  return transition(scope, state as Results, '', extra, (state as { Next?: string }).Next, events)
}

/** Evaluates Output and Assign, both with the previous variables. */
async function transition(
  scope: Scope,
  { Output, Assign }: Results,
  location: string,
  extra: Extra,
  next: string | undefined,
  events: NewEvent[],
): Promise<Exit> {
  try {
    const seen = bindings(scope, extra)
    const fallback = 'errorOutput' in extra ? extra.errorOutput : 'result' in extra ? extra.result : undefined
    const output =
      Output !== undefined
        ? payload(await evaluateField(scope, Output, `${location}Output`, seen), scope.frame.state)
        : fallback === undefined
          ? scope.frame.input
          : payload(fallback, scope.frame.state)
    const assign = (await evaluateField(scope, Assign ?? {}, `${location}Assign`, seen)) as Record<string, unknown>
    payload(assign, scope.frame.state)
    return { next, output, assign, events }
  } catch (error) {
    // The task has still succeeded, and the history says so.
    if (error instanceof StateFailed) throw new StateFailed(error.failure, [...events, ...error.events], error.ending)
    throw error
  }
}

async function wait(scope: Scope, state: WaitState) {
  const { frame, execution, signal } = scope
  if (frame.progress.wakeAt === undefined) {
    const wakeAt = await wakeTime(scope, state)
    commit(scope, () => {
      frame.progress = { wakeAt }
      execution.save(frame)
    })
  }
  await sleepUntil(frame.progress.wakeAt as number, signal, execution.around.now)
}

async function wakeTime(scope: Scope, { Seconds, Timestamp }: WaitState): Promise<number> {
  const seen = bindings(scope)
  if (Seconds !== undefined) {
    const seconds = await evaluateFieldAs(scope, 'number', Seconds, 'Seconds', seen)
    if (!Number.isInteger(seconds) || seconds < 0) refuseField(scope, 'Seconds', `Seconds must be a whole number.`)
    return scope.execution.around.now() + seconds * 1000 * scope.execution.around.delayScale
  }
  const text = await evaluateFieldAs(scope, 'string', Timestamp, 'Timestamp', seen)
  const time = /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(time)) {
    const problem = 'cannot be parsed as an ISO-8601 extended offset date-time format string'
    refuseField(scope, 'Timestamp', `The Timestamp field ${problem}: ${text}`)
  }
  return time
}

async function failureOf(scope: Scope, { Error: error, Cause: cause }: FailState): Promise<StateFailed> {
  const seen = bindings(scope)
  const failure: Failure = {}
  if (error !== undefined) failure.error = await evaluateFieldAs(scope, 'string', error, 'Error', seen)
  if (cause !== undefined) failure.cause = await evaluateFieldAs(scope, 'string', cause, 'Cause', seen)
  return new StateFailed(failure)
}

/** Handles a failed state: it is retried, or a rule catches it, or its scope fails. */
async function recover(scope: Scope, state: State, failed: StateFailed) {
  const { frame, execution } = scope
  const rules = state as { Retry?: Parameters<typeof nextRetry>[0]; Catch?: Catcher[] }
  const retry = nextRetry(rules.Retry ?? [], failed.failure.error, frame.progress.retries ?? [])
  if (retry) {
    return commit(scope, () => {
      append(scope, failed.events)
      execution.forgetChildren(frame)
      frame.progress = {
        retries: retry.retries,
        wakeAt: execution.around.now() + retry.delayMillis * execution.around.delayScale,
      }
      execution.save(frame)
    })
  }
  const isCaught = failed.failure.error !== 'States.Runtime' || !execution.around.doubts.runtimeIsNeverCaught
  const index = rules.Catch?.findIndex((rule) => isCaught && matches(rule.ErrorEquals, failed.failure.error)) ?? -1
  const rule = rules.Catch?.[index]
  if (!rule) return fail(scope, failed)
  try {
    const errorOutput = { Error: failed.failure.error ?? '', Cause: failed.failure.cause ?? '' }
    const events = [...failed.events, ...failed.ending]
    const exit = await transition(scope, rule, `Catch[${index}]/`, { errorOutput }, rule.Next, events)
    commit(scope, () => leave(scope, state, exit))
  } catch (error) {
    // A failing rule is not caught by another one.
    if (!(error instanceof StateFailed)) throw error
    fail(scope, error)
  }
}

function fail(scope: Scope, { failure, events, ending }: StateFailed) {
  const { frame, execution } = scope
  commit(scope, () => {
    append(scope, [...events, ...ending])
    frame.status = 'FAILED'
    frame.failure = failure
    if (!frame.parent) execution.failed(frame, failure)
    // Other events caused by this refer to the failure rather than to this event, as on AWS.
    else for (const event of iterationEvent(scope, 'Failed')) execution.append(frame.lastEvent, event)
    execution.save(frame)
  })
}

/** Called within a commit: exits the state, and enters the next one or ends the scope. */
function leave(scope: Scope, state: State, { next, output, assign, events }: Exit) {
  const { execution, frame, list } = scope
  const assigned = Object.entries(assign).map(([name, value]) => [name, JSON.stringify(value)])
  append(scope, [...events, stateExited(state.Type, frame.state, output, Object.fromEntries(assigned))])
  if (state.Type === 'Map' || state.Type === 'Parallel') execution.forgetChildren(frame)
  frame.variables = { ...frame.variables, ...assign }
  if (next !== undefined) {
    frame.state = next
    frame.input = output
    return enter(scope, list.States[next] as State)
  }
  frame.status = 'SUCCEEDED'
  frame.output = output
  // They are not read again.
  Object.assign(frame, { input: 'null', variables: {}, progress: {} })
  if (!frame.parent) return execution.succeeded(frame, output)
  append(scope, iterationEvent(scope, 'Succeeded'))
  execution.save(frame)
}

/** Called within a commit. */
function enter(scope: Scope, state: State) {
  const { execution, frame } = scope
  append(scope, [stateEntered(state.Type, frame.state, frame.input)])
  frame.enteredAt = execution.around.now()
  frame.enteredEvent = frame.lastEvent
  frame.progress = {}
  execution.save(frame)
}

/** A branch of a Parallel has no events of its own. */
function iterationEvent({ frame: { parent, index } }: Scope, outcome: 'Failed' | 'Succeeded'): NewEvent[] {
  if (parent?.progress.fan?.kind !== 'Map') return []
  return [{ type: `MapIteration${outcome}`, details: { name: parent.state, index } }]
}

async function waitForRetry({ frame, execution, signal }: Scope, state: State) {
  const { wakeAt } = frame.progress
  if (state.Type !== 'Wait' && wakeAt !== undefined) await sleepUntil(wakeAt, signal, execution.around.now)
}
