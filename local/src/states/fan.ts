/** The states that run scopes of their own: Map, one per item, and Parallel, one per branch. */
import type { MapState, ParallelState, State, StateList } from './definition.ts'
import { type Failure, Interrupted, StateFailed } from './errors.ts'
import type { Execution } from './execution.ts'
import { type Fan, type Frame, newFrame } from './frame.ts'
import type { NewEvent } from './history.ts'
import { append, bindings, commit, evaluateField, evaluateFieldAs, payload, refuseField, type Scope } from './scope.ts'

/** The first failure decides; the history continues from its last event. */
interface First {
  failure: Failure
  events: NewEvent[]
  lastEvent: number
}

/** Runs the states of an iteration or a branch to their end; implemented by the interpreter. */
export type RunFrame = (scope: Scope) => Promise<void>

/** AWS runs at most this many iterations of an inline Map at once. */
const MOST_CONCURRENT = 40

/** @returns the iterations' outputs in the order of the items @throws StateFailed */
export async function performMap(scope: Scope, state: MapState, runFrame: RunFrame): Promise<unknown[]> {
  if (!scope.frame.progress.fan) {
    await ending('Map', async () => {
      const items = await itemsOf(scope, state)
      const asked = await evaluateFieldAs(scope, 'number', state.MaxConcurrency ?? 0, 'MaxConcurrency', bindings(scope))
      if (!Number.isInteger(asked) || asked < 0) {
        refuseField(scope, 'MaxConcurrency', 'MaxConcurrency must be a whole number.')
      }
      start(scope, 'Map', items, Math.min(asked || MOST_CONCURRENT, MOST_CONCURRENT), { length: items.length })
    })
  }
  return spread(
    scope,
    scope.frame.progress.fan as Fan,
    () => state.ItemProcessor,
    (index, Value) => selectItem(scope, state, index, Value),
    runFrame,
  )
}

/** @returns the branches' outputs. @throws StateFailed */
export async function performParallel(scope: Scope, state: ParallelState, runFrame: RunFrame): Promise<unknown[]> {
  const { frame } = scope
  if (!frame.progress.fan) {
    await ending('Parallel', async () => {
      const input =
        state.Arguments === undefined
          ? JSON.parse(frame.input)
          : await evaluateField(scope, state.Arguments, 'Arguments', bindings(scope))
      payload(input, frame.state)
      const items = state.Branches.map(() => input)
      start(scope, 'Parallel', items, items.length)
    })
  }
  const branches = state.Branches
  return spread(
    scope,
    frame.progress.fan as Fan,
    (index) => branches[index] as StateList,
    async (_, input) => JSON.stringify(input),
    runFrame,
  )
}

async function itemsOf(scope: Scope, { Items }: MapState): Promise<unknown[]> {
  if (Items !== undefined) return evaluateFieldAs(scope, 'array', Items, 'Items', bindings(scope))
  const input: unknown = JSON.parse(scope.frame.input)
  if (Array.isArray(input)) return input
  return refuseField(scope, '', `Map state input must be an array but was: ${scope.frame.input}`)
}

/** A failure before the first iteration or branch also fails the state. */
async function ending(kind: Fan['kind'], begin: () => Promise<void>) {
  try {
    await begin()
  } catch (error) {
    if (!(error instanceof StateFailed)) throw error
    throw new StateFailed(error.failure, error.events, [{ type: `${kind}StateFailed` }])
  }
}

async function selectItem(scope: Scope, { ItemSelector }: MapState, Index: number, Value: unknown): Promise<string> {
  if (ItemSelector === undefined) return JSON.stringify(Value)
  const seen = bindings(scope, { item: { Index, Value } })
  return payload(await evaluateField(scope, ItemSelector, 'ItemSelector', seen), scope.frame.state)
}

function start(scope: Scope, kind: Fan['kind'], items: unknown[], concurrency: number, details?: { length: number }) {
  const { frame, execution } = scope
  commit(scope, () => {
    append(scope, [{ type: `${kind}StateStarted`, ...(details && { details }) }])
    frame.progress = { ...frame.progress, fan: { kind, items, concurrency, startedEvent: frame.lastEvent } }
    execution.save(frame)
  })
}

/** Runs the remaining iterations, at most `concurrency` at once, and ends all of them when one fails. */
async function spread(
  scope: Scope,
  fan: Fan,
  listOf: (index: number) => StateList,
  inputOf: (index: number, item: unknown) => Promise<string>,
  runFrame: RunFrame,
): Promise<unknown[]> {
  const { execution, frame, signal } = scope
  const children = execution.childrenOf(frame)
  const failures: First[] = []
  const ended = new AbortController()
  const end = () => ended.abort()
  signal.addEventListener('abort', end, { once: true })

  const giveUp = (failure: Failure, events: NewEvent[], lastEvent: number) => {
    failures.push({ failure, events, lastEvent })
    end()
  }
  const runOne = async (index: number) => {
    const list = listOf(index)
    const inner = (child: Frame): Scope => ({ execution, list, frame: child, signal: ended.signal })
    let child = children.get(index)
    if (!child) {
      const input = await inputOf(index, fan.items[index])
      const begun = newFrame(frame, index, list.StartAt, input, fan.startedEvent)
      commit(inner(begun), () => {
        if (fan.kind === 'Map') {
          append(inner(begun), [{ type: 'MapIterationStarted', details: { name: frame.state, index } }])
        }
        execution.save(begun)
      })
      execution.adopt(begun)
      children.set(index, begun)
      child = begun
    }
    await runFrame(inner(child))
    if (child.status === 'FAILED') giveUp(child.failure as Failure, [], child.lastEvent)
  }

  // Those in progress continue first; the others follow in order.
  const indexes = fan.items.map((_, index) => index)
  const waiting = [
    ...indexes.filter((index) => children.has(index)),
    ...indexes.filter((index) => !children.has(index)),
  ]
  const worker = async () => {
    while (!ended.signal.aborted) {
      const index = waiting.shift()
      if (index === undefined) return
      try {
        await runOne(index)
      } catch (error) {
        if (error instanceof StateFailed) giveUp(error.failure, error.events, frame.lastEvent)
        else {
          end()
          throw error
        }
      }
    }
  }
  try {
    if (signal.aborted) throw new Interrupted()
    const [failed] = [...children.values()]
      .filter((child) => child.status === 'FAILED')
      .sort((a, b) => a.lastEvent - b.lastEvent)
    if (failed) giveUp(failed.failure as Failure, [], failed.lastEvent)
    const workers = Array.from({ length: Math.min(fan.concurrency, waiting.length) }, worker)
    const outcomes = await Promise.allSettled(workers)
    if (signal.aborted) throw new Interrupted()
    const broken = outcomes.find(
      (outcome) => outcome.status === 'rejected' && !(outcome.reason instanceof Interrupted),
    ) as PromiseRejectedResult | undefined
    if (broken) throw broken.reason
    if (failures[0]) abortOthers(scope, fan, failures[0])
  } finally {
    signal.removeEventListener('abort', end)
  }
  frame.lastEvent = Math.max(frame.lastEvent, ...[...children.values()].map((child) => child.lastEvent))
  return indexes.map((index) => JSON.parse(children.get(index)?.output as string))
}

/** Ends the other iterations or branches as in AWS's history, and fails the state. */
function abortOthers(scope: Scope, fan: Fan, first: First): never {
  const { execution, frame } = scope
  const running = execution.runningBelow(frame)
  if (running.length > 0) {
    commit(scope, () => {
      for (const child of running) abort(execution, child, first.lastEvent)
    })
  }
  frame.lastEvent = first.lastEvent
  throw new StateFailed(first.failure, first.events, [{ type: `${fan.kind}StateFailed` }])
}

/** Called within a commit. */
function abort(execution: Execution, frame: Frame, cause: number) {
  const parent = frame.parent as Frame
  const { Type } = execution.listOf(frame).States[frame.state] as State
  const lasting = ['Task', 'Wait', 'Map', 'Parallel'].includes(Type)
  if (frame.enteredAt !== null && lasting) execution.append(cause, { type: `${Type}StateAborted` })
  if (parent.progress.fan?.kind === 'Map') {
    execution.append(cause, { type: 'MapIterationAborted', details: { name: parent.state, index: frame.index } })
  }
  frame.status = 'ABORTED'
  execution.save(frame)
}
