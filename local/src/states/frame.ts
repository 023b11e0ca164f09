/**
 * Where an execution stands: one frame per scope that is open, the execution's own and one for each iteration of a Map
 * and branch of a Parallel. A frame holds its current state and how far that state has come, so that a process that
 * dies at any point is continued by the next one from its frames, whatever the history's length.
 */
import type { Machine, MapState, ParallelState, StateList } from './definition.ts'
import type { Failure } from './errors.ts'

export type FrameStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED'

/** How far the current state's visit has come; empty when it has just been entered. */
export interface Progress {
  /** Retries so far, per rule of Retry; they are counted apart. */
  retries?: number[]
  /** Until when a Wait or a retry waits, in epoch milliseconds. */
  wakeAt?: number
  /** A task's attempt under way: after a restart it is made again with the same arguments. */
  attempt?: { arguments: unknown; timeoutSeconds?: number }
  /** What a redriven task is called with, where arguments are not evaluated again. */
  arguments?: unknown
  /** A Map or Parallel that has been started: what its iterations or branches are made of. */
  fan?: Fan
}

/** What a Map or Parallel is spread over. */
export interface Fan {
  kind: 'Map' | 'Parallel'
  /** A Map's items; a Parallel's branches get the same input. */
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
  /** Those assigned in this scope. */
  variables: Record<string, unknown>
  /** Epoch milliseconds; null until the state has been entered. */
  enteredAt: number | null
  enteredEvent: number
  /** The id of the event that the next one follows. */
  lastEvent: number
  progress: Progress
  /** JSON text, once it has SUCCEEDED. */
  output: string | null
  /** Once it has FAILED. */
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

/** The variables that the frame's states see: those of the outer scopes and its own. */
export function visibleVariables(frame: Frame): Record<string, unknown> {
  return frame.parent ? { ...visibleVariables(frame.parent), ...frame.variables } : frame.variables
}

/** The states of a frame's scope. */
export function listOf(machine: Machine, { parent, index }: Frame): StateList {
  if (!parent) return machine
  const state = listOf(machine, parent).States[parent.state] as MapState | ParallelState
  return state.Type === 'Map' ? state.ItemProcessor : (state.Branches[index] as StateList)
}
