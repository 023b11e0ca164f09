import type { KeyWatch } from '../keys/key.ts'
import type { Batch } from './batch.ts'

/** Names a row in messages: by its key, so that it can be looked up, or by its number if there is no key. */
export class RowNames {
  readonly #keys: KeyWatch | null
  readonly #key: string | null
  #batch: Batch | null = null
  #before = 0

  constructor(keys: KeyWatch | null, key: string | null) {
    this.#keys = keys
    this.#key = key
  }

  /** Sets the current batch. @param before number of the range's rows before it */
  batch(batch: Batch, before: number): void {
    this.#batch = batch
    this.#before = before
  }

  of(row: number): string {
    if (this.#keys && this.#batch) return `the row with ${this.#key} ${this.#keys.cursorAt(this.#batch, row).value}`
    return `row ${this.#before + row + 1}`
  }
}
