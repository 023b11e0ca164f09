/** Faults that a network may have, at chosen moments: a source and a store that fail now and then, as real ones do. */
import type { Batch } from '../../engine/rows/batch.ts'
import type { Rows, Source } from '../../engine/sources/source.ts'
import type { Upload } from '../../engine/stores/store.ts'
import { DatabaseUnavailable, StorageUnavailable } from '../../statemachine/errors.ts'
import type { TestStore } from './harness.ts'

/** Whether the next call fails; taken one after another, and nothing fails when they are used up. */
export class Faults {
  readonly #faults: boolean[]
  /** How many there were. */
  met = 0

  constructor(faults: readonly boolean[]) {
    this.#faults = [...faults]
  }

  next(): boolean {
    const fails = this.#faults.shift() ?? false
    if (fails) this.met++
    return fails
  }
}

/** Gives the rows in batches of these sizes, in turn, and loses the connection before those batches that fail. */
export function disturbedSource(source: Source, sizes: readonly number[], faults: Faults): Source {
  return {
    ...source,
    async open(query, signal) {
      if (faults.next()) throw new DatabaseUnavailable('The connection was lost on purpose')
      const rows = await source.open(query, signal)
      return Object.assign(Object.create(rows) as Rows, {
        close: (options?: { continued?: boolean }) => rows.close(options),
        [Symbol.asyncIterator]: () => inPieces(rows, sizes, faults),
      })
    },
  }
}

async function* inPieces(rows: Rows, sizes: readonly number[], faults: Faults): AsyncGenerator<Batch> {
  let piece = 0
  for await (const batch of rows) {
    for (let from = 0; from < batch.rows; ) {
      if (faults.next()) throw new DatabaseUnavailable('The connection was lost on purpose')
      const to = Math.min(from + sizes[piece++ % sizes.length]!, batch.rows)
      yield {
        bytes: batch.bytes,
        rows: to - from,
        starts: batch.starts.subarray(from, to),
        ends: batch.ends.subarray(from, to),
      }
      from = to
    }
  }
}

/** Fails to write before, or after the object was written: then only the answer is lost. */
export function disturbedStore(store: TestStore, faults: Faults): TestStore {
  const disturbed = <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) => {
    return async (...args: Args): Promise<Result> => {
      if (faults.next()) throw new StorageUnavailable('The request was lost on purpose')
      const result = await call(...args)
      if (faults.next()) throw new StorageUnavailable('The answer was lost on purpose')
      return result
    }
  }
  return {
    ...store,
    put: disturbed(store.put),
    async startUpload(key, headers) {
      // The answer is never lost here: if nobody knows the upload's id, only the bucket's lifecycle rule can end it.
      if (faults.next()) throw new StorageUnavailable('The request was lost on purpose')
      const upload = await store.startUpload(key, headers)
      const { part, copy, complete, abort } = upload
      return {
        id: upload.id,
        parts: upload.parts,
        part: disturbed(part.bind(upload)),
        copy: disturbed(copy.bind(upload)),
        complete: disturbed(complete.bind(upload)),
        abort: abort.bind(upload),
      } satisfies Upload
    },
  }
}
