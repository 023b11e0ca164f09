/**
 * Notices that nobody is at the other end. A query may say nothing for minutes before its first row and between two, so
 * silence alone means nothing: the server is asked over another connection whether it still works on this one.
 */

export type Sign =
  /** It works on the connection's statement, or answers but does not say what it does. */
  | 'works'
  /** It does not know the connection, or takes it for idle. */
  | 'idle'
  /** Nobody answers. */
  | 'silent'

export interface Watched {
  /** Asks over another connection; takes ten seconds at most. Never throws. */
  look(): Promise<Sign>
  /** Ends the connection, and with it the wait, with a reason. */
  giveUp(reason: string): void
}

export interface LivenessTimes {
  /** How long a server may be silent before it is looked at. */
  quietMillis: number
  /** Between two looks at a server that works. */
  againMillis: number
  /** Between a bad look and the one that confirms it: an answer may be under way. */
  confirmMillis: number
}

/** A silent peer is given up after 20 + 10 + 2 + 10 seconds at most, each look taking ten. */
export const LIVENESS_TIMES: LivenessTimes = { quietMillis: 15_000, againMillis: 20_000, confirmMillis: 2_000 }

export class Liveness {
  readonly #watched: Watched
  readonly #times: LivenessTimes
  #timer: NodeJS.Timeout | null = null
  /** When the wait began that goes on, or the last look ended; null while nobody waits. */
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

  /** Somebody waits for the server from now on. Cheap: one timer serves all waits. */
  begin(): void {
    // Of a session that was ended meanwhile: its next statement fails at once, and nobody would stop the timer.
    if (this.#isStopped) return
    this.#since = performance.now()
    this.#dueMillis = this.#times.quietMillis
    this.#bad = null
    this.#timer ??= setInterval(() => this.#check(), Math.min(1_000, this.#times.confirmMillis))
  }

  /** It has answered, or nobody waits any more. */
  end(): void {
    this.#since = null
  }

  /** For good. */
  stop(): void {
    this.#isStopped = true
    this.#since = null
    if (this.#timer) clearInterval(this.#timer)
    this.#timer = null
  }

  #check(): void {
    const since = this.#since
    if (since === null || this.#isLooking || performance.now() - since < this.#dueMillis) return
    this.#isLooking = true
    void this.#watched.look().then((sign) => {
      this.#isLooking = false
      // It has answered meanwhile.
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
        ? 'the server has fallen silent, and does not answer a second connection either'
        : 'the server has fallen silent, and no longer works on the query',
    )
  }
}
