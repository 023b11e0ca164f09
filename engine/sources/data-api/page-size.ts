/**
 * How many rows the next page may have. A result beyond 1 MiB is refused and may cost the transaction, so pages aim at half of
 * that: the rows of the next page may be nearly twice as long as those of the last one.
 */
const TARGET_BYTES = 560 * 1024
/** Small enough for rows of 10 KB; what is refused here costs nothing yet. */
const FIRST_ROWS = 50
const MOST_GROWTH = 8
/** More would save nothing: the time of a call is then in its bytes. */
const MOST_ROWS = 20_000

export class PageSize {
  #rows = FIRST_ROWS
  #bytesPerRow = 0
  #growth = MOST_GROWTH
  #most = MOST_ROWS

  get rows(): number {
    return this.#rows
  }

  /** A page came. */
  measured(rows: number, bytes: number): void {
    if (rows === 0) return
    // Long rows are forgotten slowly: they come in clusters.
    this.#bytesPerRow = Math.max(bytes / rows, this.#bytesPerRow * 0.8)
    const fitting = Math.floor(TARGET_BYTES / this.#bytesPerRow)
    this.#rows = Math.max(1, Math.min(fitting, this.#rows * this.#growth, this.#most))
  }

  /** A page was too large. */
  tooLarge(): void {
    this.#rows = Math.max(1, Math.floor(this.#rows / 2))
    this.#growth = 2
  }

  /** A page took too long; no later one may have as many rows, however short they are. */
  tooSlow(): void {
    // Each try costs 45 seconds.
    this.#rows = Math.max(1, Math.floor(this.#rows / 4))
    this.#growth = 2
    this.#most = this.#rows
  }
}
