/** A state that is replaced, never changed, and that somebody listens to. */
export interface Store<State> {
  /** The same object until something changes. */
  getState(): State
  /** It works while somebody listens. @returns what ends it */
  subscribe(listener: () => void): () => void
}

export interface Observable<State> extends Store<State> {
  set(change: Partial<State>): void
}

export function observable<State extends object>(state: State, start: () => void, stop: () => void): Observable<State> {
  const listeners = new Set<() => void>()
  return {
    getState: () => state,
    set(change) {
      if (Object.entries(change).every(([name, value]) => state[name as keyof State] === value)) return
      state = { ...state, ...change }
      for (const listener of listeners) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      if (listeners.size === 1) start()
      return () => {
        if (listeners.delete(listener) && listeners.size === 0) stop()
      }
    },
  }
}
