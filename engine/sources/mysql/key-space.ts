import type { Cursor } from '../../../statemachine/contract.ts'
import { cursorTypeOf } from '../../keys/key.ts'
import type { KeyBounds, KeyQuery, KeySpace } from '../source.ts'
import { keyColumn } from './columns.ts'
import { estimateOf } from './estimate.ts'
import { execution, prepare, valuesOf } from './prepared.ts'
import type { Session } from './session.ts'
import { keysStatement } from './statement.ts'

/** Reads the keys of an export's rows with short statements over the key alone, which an index answers. */
export class MysqlKeySpace implements KeySpace {
  readonly #session: Session
  readonly #query: KeyQuery
  readonly #end: () => Promise<void>

  constructor(session: Session, query: KeyQuery, end: () => Promise<void>) {
    this.#session = session
    this.#query = query
    this.#end = end
  }

  async keys(bounds: KeyBounds, limit: number, end: 'first' | 'last'): Promise<Cursor[]> {
    const statement = keysStatement({ ...this.#query, ...bounds }, { limit, end })
    await prepare(this.#session, statement)
    const { fields, rows } = await this.#session.texts(execution(statement), valuesOf(statement))
    const type = cursorTypeOf(keyColumn(this.#query.key, fields[0]!))
    return rows.map(([value]) => ({ type, value: value!.toString(type === 'binary' ? 'base64' : 'utf8') }))
  }

  estimate(bounds: KeyBounds): Promise<number | null> {
    return estimateOf(this.#session, keysStatement({ ...this.#query, ...bounds }))
  }

  close(): Promise<void> {
    return this.#end()
  }
}
