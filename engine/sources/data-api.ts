/**
 * Aurora MySQL through the RDS Data API. It needs neither a VPC nor a connection, but a statement is limited to 1 MiB
 * and 45 seconds. The query is read in keyset pages within one transaction, which continues from chunk to chunk.
 *
 * Limits of the Data API: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api.limitations.html
 */
import { KeyNotUnique } from '../../statemachine/errors.ts'
import { DataApi, type DataApiAddress, PATIENCE, type Patience } from './data-api/api.ts'
import { describe, isDuplicateColumn, namesOf } from './data-api/describe.ts'
import { estimateOf, explained } from './data-api/estimate.ts'
import { toDataApiError } from './data-api/failure.ts'
import { DataApiKeySpace } from './data-api/key-space.ts'
import { DataApiRows } from './data-api/rows.ts'
import { rangeStatement } from './data-api/statement.ts'
import type { RangeQuery, Source } from './source.ts'

export interface DataApiOptions extends DataApiAddress {
  /** The time zone of sessions whose export names none; UTC by default. */
  timeZone?: string
  /** How long a call is retried while the database resumes or is busy. */
  patience?: Partial<Patience>
  /** Called with the server's complete message. It may quote values, so no error's message contains it. */
  onServerError?: ((message: string) => void) | undefined
}

export function dataApiSource(options: DataApiOptions): Source {
  const { onServerError, patience, timeZone, ...address } = options
  const api = new DataApi(address, { ...PATIENCE, ...patience }, onServerError)
  const timeZoneOf = (query: Pick<RangeQuery, 'timeZone'>) => query.timeZone ?? timeZone ?? '+00:00'
  return {
    async open(given, signal) {
      signal.throwIfAborted()
      const { columns, limited, names, collation } = await describe(api, given, signal)
      const query = { ...given, names }
      const rows = new DataApiRows({ api, query, columns, limited, collation, timeZone: timeZoneOf(query), signal })
      try {
        await rows.start()
        return rows
      } catch (error) {
        await rows.close()
        throw error
      }
    },

    async estimate(query, signal) {
      const ask = (given: RangeQuery) => api.execute(explained(rangeStatement(given)), signal, { withColumns: true })
      try {
        const answer = ask(query).catch(async (error) => {
          if (!isDuplicateColumn(error)) throw error
          return ask({ ...query, names: await namesOf(api, query, signal) })
        })
        return estimateOf(await answer)
      } catch (error) {
        signal.throwIfAborted()
        throw toDataApiError(error, query.query.values, { isRunning: true })
      }
    },

    async keySpace(query, signal) {
      signal.throwIfAborted()
      const { columns, names } = await describe(api, { ...query, after: null, upTo: null }, signal)
      const column = columns.find(({ name }) => name === query.key)
      if (!column) throw new KeyNotUnique(`The query returns no column ${query.key}, which is the export's key`)
      return new DataApiKeySpace({ api, query: { ...query, names }, column, timeZone: timeZoneOf(query), signal })
    },
  }
}
