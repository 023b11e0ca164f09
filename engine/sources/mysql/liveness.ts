/**
 * Detects a dead peer. A query may be silent for minutes before its first row and between rows, so silence alone proves
 * nothing: the server is asked over another connection whether it still works on this one.
 */

export type Sign =
  /** The server works on the connection's statement, or it answers but does not say what the connection does. */
  | 'works'
  /** The server does not know the connection, or considers it idle. */
  | 'idle'
  /** The server does not answer. */
  | 'silent'

export interface Watched {
  /** Asks over another connection, for at most ten seconds. Never throws. */
  look(): Promise<Sign>
  /** Ends the connection, and thus the wait, with a reason. */
  giveUp(reason: string): void
}

export interface LivenessTimes {
  /** How long a server may be silent before it is checked. */
  quietMillis: number
  /** Time between two checks of a server that works. */
  againMillis: number
  /** Time between a failed check and the one that confirms it, because an answer may be on its way. */
  confirmMillis: number
}

/** A silent peer is given up after at most 20 + 10 + 2 + 10 seconds; each check takes up to ten. */
export const LIVENESS_TIMES: LivenessTimes = { quietMillis: 15_000, againMillis: 20_000, confirmMillis: 2_000 }

export class Liveness {
  readonly #watched: Watched
  readonly #times: LivenessTimes
  #timer: NodeJS.Timeout | undefined
  /** When the current wait began or the last check ended; null while there is no wait. */
  #since: number | null = null
  #dueMillis: number
  #isLooking = false
  #isStopped = false
  #bad: Sign | null = null

  constructor(watched: Watched, times: LivenessTimes) {
    this.#watched = watched
    this.#times = times
    this.#dueMillis = times.quietMillis
  }

  /** A wait for the server begins. This is cheap: one timer serves all waits. */
  begin(): void {
    // The session has been ended: its next statement fails immediately, and nothing would stop the timer.
    if (this.#isStopped) return
    this.#since = performance.now()
    this.#dueMillis = this.#times.quietMillis
    this.#bad = null
    this.#timer ??= setInterval(() => this.#check(), Math.min(1_000, this.#times.confirmMillis))
  }

  /** The server has answered, or the wait was abandoned. */
  end(): void {
    this.#since = null
  }

  /** Stops the watch permanently. */
  stop(): void {
    this.#isStopped = true
    this.#since = null
    clearInterval(this.#timer)
  }

  #check(): void {
    const since = this.#since
    if (since === null || this.#isLooking || performance.now() - since < this.#dueMillis) return
    this.#isLooking = true
    void this.#watched.look().then((sign) => {
      this.#isLooking = false
      // The server has answered in the meantime.
      if (this.#since !== since) return
      if (sign === 'works') this.#again(null, this.#times.againMillis)
      else if (this.#bad === null) this.#again(sign, this.#times.confirmMillis)
      else this.#giveUp(sign)
    })
  }

  #again(bad: Sign | null, dueMillis: number): void {
    this.#bad = bad
    this.#dueMillis = dueMillis
    this.#since = performance.now()
  }

  #giveUp(sign: Sign): void {
    this.stop()
    this.#watched.giveUp(
      sign === 'silent'
        ? 'the server stopped responding, and does not answer a second connection either'
        : 'the server stopped responding, and no longer works on the query',
    )
  }
}
