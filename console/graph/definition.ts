/** The parts of a state machine's definition (Amazon States Language) that a drawing shows. */

export interface StateList {
  StartAt: string
  States: Record<string, State>
}

export interface State {
  Type: string
  Next?: string
  Default?: string
  Choices?: { Next: string }[]
  Catch?: { Next: string }[]
  ItemProcessor?: StateList
  Branches?: StateList[]
}

export interface Transition {
  from: string
  to: string
  /** Whether the transition is taken when the state has failed. */
  isCatch: boolean
}

/** Returns each pair of states once; an ordinary transition takes precedence over a Catch to the same state. */
export function transitionsOf({ States }: StateList): Transition[] {
  const seen = new Map<string, Transition>()
  for (const [from, state] of Object.entries(States)) {
    const add = (to: string | undefined, isCatch: boolean) => {
      if (to === undefined || !Object.hasOwn(States, to)) return
      const id = JSON.stringify([from, to])
      if (!seen.has(id)) seen.set(id, { from, to, isCatch })
    }
    add(state.Next, false)
    for (const { Next } of state.Choices ?? []) add(Next, false)
    add(state.Default, false)
    for (const { Next } of state.Catch ?? []) add(Next, true)
  }
  return [...seen.values()]
}

/** Returns the state lists inside a Map (one) or a Parallel (one per branch). */
export function innerLists({ ItemProcessor, Branches }: State): StateList[] {
  return ItemProcessor ? [ItemProcessor] : (Branches ?? [])
}
