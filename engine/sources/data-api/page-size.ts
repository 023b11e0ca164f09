/**
 * Chooses the number of rows of the next page. A result over 1 MiB is refused and may cost the transaction, so pages
 * aim at about half of that: the next page's rows may be nearly twice as long as the last one's.
 */
const TARGET_BYTES = 560 * 1024
/** Small enough for rows of 10 KB. A refusal of the first page does not yet cost anything. */
const FIRST_ROWS = 50
const MOST_GROWTH = 8
/** More rows would save nothing: by then the bytes determine the time of a call. */
const MOST_ROWS = 20_000

export class PageSize {
  #rows = FIRST_ROWS
  #bytesPerRow = 0
  #growth = MOST_GROWTH
  #most = MOST_ROWS

  get rows(): number {
    return this.#rows
  }

  /** Records a page that was read. */
  measured(rows: number, bytes: number): void {
    if (rows === 0) return
    // The estimate decreases slowly, because long rows come in clusters.
    this.#bytesPerRow = Math.max(bytes / rows, this.#bytesPerRow * 0.8)
    const fitting = Math.floor(TARGET_BYTES / this.#bytesPerRow)
    this.#rows = Math.max(1, Math.min(fitting, this.#rows * this.#growth, this.#most))
  }

  /** Records a page that was too large. */
  tooLarge(): void {
    this.#rows = Math.max(1, Math.floor(this.#rows / 2))
    this.#growth = 2
  }

  /** Records a page that took too long. No later page gets as many rows, however short they are. */
  tooSlow(): void {
    // Reduced quickly, because each attempt takes 45 seconds.
    this.#rows = Math.max(1, Math.floor(this.#rows / 4))
    this.#most = this.#rows
  }
}
