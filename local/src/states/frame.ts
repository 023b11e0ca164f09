/**
 * The position of an execution: one frame per open scope, for the execution itself and for each iteration of a Map and
 * branch of a Parallel. A frame has its current state and that state's progress, so that after a crash the next process
 * continues from the frames, however long the history is.
 */
import type { Machine, MapState, ParallelState, StateList } from './definition.ts'
import type { Failure } from './errors.ts'

export type FrameStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED'

/** The progress of the current state; empty when it has just been entered. */
export interface Progress {
  /** Retries so far, counted per rule of Retry. */
  retries?: number[]
  /** When a Wait or a retry ends, in epoch milliseconds. */
  wakeAt?: number
  /** A task's attempt in progress: after a restart it is repeated with the same arguments. */
  attempt?: { arguments: unknown; timeoutSeconds?: number }
  /** A redriven task's arguments, if arguments are not evaluated again. */
  arguments?: unknown
  /** A started Map or Parallel: the data of its iterations or branches. */
  fan?: Fan
}

/** What a Map or Parallel runs over. */
export interface Fan {
  kind: 'Map' | 'Parallel'
  /** A Map's items; a Parallel's branches all get the same input. */
  items: unknown[]
  concurrency: number
  /** The id of MapStateStarted or ParallelStateStarted. */
  startedEvent: number
}

export interface Frame {
  /** '' is the execution itself, '/2' its third iteration or branch, '/2/0' that one's first. */
  readonly path: string
  /** The position in the Map's items or the Parallel's branches. */
  readonly index: number
  readonly parent: Frame | null
  status: FrameStatus
  /** The current state's name. */
  state: string
  /** Its input, as JSON text. */
  input: string
  /** The variables assigned in this scope. */
  variables: Record<string, unknown>
  /** Epoch milliseconds; null until the state has been entered. */
  enteredAt: number | null
  enteredEvent: number
  /** The id of the event that the next one follows. */
  lastEvent: number
  progress: Progress
  /** JSON text, set once it has SUCCEEDED. */
  output: string | null
  /** Set once it has FAILED. */
  failure: Failure | null
}

export function newFrame(parent: Frame | null, index: number, state: string, input: string, lastEvent: number): Frame {
  return {
    path: parent ? `${parent.path}/${index}` : '',
    index,
    parent,
    status: 'RUNNING',
    state,
    input,
    variables: {},
    enteredAt: null,
    enteredEvent: 0,
    lastEvent,
    progress: {},
    output: null,
    failure: null,
  }
}

/** Returns the variables visible to the frame's states: its own and those of outer scopes. */
export function visibleVariables(frame: Frame): Record<string, unknown> {
  return frame.parent ? { ...visibleVariables(frame.parent), ...frame.variables } : frame.variables
}

/** The states of a frame's scope. */
export function listOf(machine: Machine, { parent, index }: Frame): StateList {
  if (!parent) return machine
  const state = listOf(machine, parent).States[parent.state] as MapState | ParallelState
  return state.Type === 'Map' ? state.ItemProcessor : (state.Branches[index] as StateList)
}
