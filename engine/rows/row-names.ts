import type { KeyWatch } from '../keys/key.ts'
import type { Batch } from './batch.ts'

/** Names a row in messages: by its key, so that it can be looked up, or by its number where there is none. */
export class RowNames {
  readonly #keys: KeyWatch | null
  readonly #key: string | null
  #batch: Batch | null = null
  #before = 0

  constructor(keys: KeyWatch | null, key: string | null) {
    this.#keys = keys
    this.#key = key
  }

  /** The batch at work. @param before rows of the range before it */
  batch(batch: Batch, before: number): void {
    this.#batch = batch
    this.#before = before
  }

  of(row: number): string {
    if (this.#keys && this.#batch) return `the row with ${this.#key} ${this.#keys.cursorAt(this.#batch, row).value}`
    return `row ${this.#before + row + 1}`
  }
}
