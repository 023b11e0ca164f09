/** What an operator asks of a database before the first export: who logs in there, and what that account may. */
import sql, { join, raw } from 'sql-template-tag'
import type { DatabaseFacts } from '../statemachine/checkup.ts'
import { locateFields } from './rows/batch.ts'
import type { Source } from './sources/source.ts'

/** What changes data or structure, or reaches beyond tables; `SELECT` is the one that an export needs. */
const PRIVILEGES = [
  ...['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'CREATE', 'DROP', 'ALTER', 'INDEX', 'TRIGGER', 'EVENT'],
  ...['EXECUTE', 'FILE', 'SUPER', 'CREATE USER', 'LOCK TABLES', 'REFERENCES', 'CREATE VIEW', 'CREATE ROUTINE'],
]
const GRANTS = ['USER', 'SCHEMA', 'TABLE', 'COLUMN'].map(
  (level) => `SELECT GRANTEE AS grantee, PRIVILEGE_TYPE AS privilege FROM information_schema.${level}_PRIVILEGES`,
)
/** `'carryout'@'%'`, as information_schema writes an account; a name may have an @ itself. */
const GRANTEE = `CONCAT('''', LEFT(CURRENT_USER(), CHAR_LENGTH(CURRENT_USER()) - CHAR_LENGTH(SUBSTRING_INDEX(CURRENT_USER(), '@', -1)) - 1), '''@''', SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '''')`

const QUESTION = sql`SELECT VERSION() AS version, CURRENT_USER() AS account, DATABASE() AS name,
  (SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()) AS visible,
  (SELECT GROUP_CONCAT(DISTINCT privilege ORDER BY privilege) FROM (${raw(GRANTS.join(' UNION ALL '))}) AS granted
    WHERE grantee = ${raw(GRANTEE)} AND privilege IN (${join(PRIVILEGES)})) AS privileges`

const FIELDS = 5
const PROBE = sql`SELECT 1`

/** Logs in and asks for nothing. @throws DatabaseUnavailable, DatabaseMisconfigured, QueryFailed as an export does */
export async function probeDatabase(source: Source, signal: AbortSignal): Promise<void> {
  const rows = await source.open({ query: PROBE, key: null, after: null, upTo: null, timeZone: null }, signal)
  try {
    for await (const _ of rows) return
  } finally {
    await rows.close()
  }
}

/** @throws DatabaseUnavailable, DatabaseMisconfigured, QueryFailed as an export does */
export async function checkDatabase(source: Source, signal: AbortSignal): Promise<DatabaseFacts> {
  const rows = await source.open({ query: QUESTION, key: null, after: null, upTo: null, timeZone: null }, signal)
  try {
    for await (const { bytes, starts } of rows) {
      const [from, to] = [new Int32Array(FIELDS), new Int32Array(FIELDS)]
      locateFields(bytes, starts[0]!, FIELDS, from, to)
      const texts = Array.from(from, (start, at) => (start < 0 ? null : bytes.toString('utf8', start, to[at])))
      const [version, account, schema, tables, privileges] = texts
      return {
        ...{ version: version ?? '', account: account ?? '', schema: schema ?? null, tables: Number(tables) },
        privileges: privileges?.split(',') ?? [],
      }
    }
    throw new Error('The database answered a question without a row.')
  } finally {
    await rows.close()
  }
}
