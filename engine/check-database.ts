/** The check of a database before the first export: who logs in, and which privileges that account has. */
import sql, { join, raw } from 'sql-template-tag'
import type { DatabaseFacts } from '../statemachine/checkup.ts'
import { locateFields } from './rows/batch.ts'
import type { Source } from './sources/source.ts'

/** Privileges that change data or structure, or reach beyond tables. An export needs `SELECT` only. */
const PRIVILEGES = [
  ...['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'CREATE', 'DROP', 'ALTER', 'INDEX', 'TRIGGER', 'EVENT'],
  ...['EXECUTE', 'FILE', 'SUPER', 'CREATE USER', 'LOCK TABLES', 'REFERENCES', 'CREATE VIEW', 'CREATE ROUTINE'],
]
const GRANTS = ['USER', 'SCHEMA', 'TABLE', 'COLUMN'].map(
  (level) => `SELECT GRANTEE AS grantee, PRIVILEGE_TYPE AS privilege FROM information_schema.${level}_PRIVILEGES`,
)
/** The current account as information_schema writes it, `'carryout'@'%'`; the user name may itself contain an @. */
const GRANTEE = `CONCAT('''', LEFT(CURRENT_USER(), CHAR_LENGTH(CURRENT_USER()) - CHAR_LENGTH(SUBSTRING_INDEX(CURRENT_USER(), '@', -1)) - 1), '''@''', SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '''')`

const QUESTION = sql`SELECT VERSION() AS version, CURRENT_USER() AS account, DATABASE() AS name,
  (SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()) AS visible,
  (SELECT GROUP_CONCAT(DISTINCT privilege ORDER BY privilege) FROM (${raw(GRANTS.join(' UNION ALL '))}) AS granted
    WHERE grantee = ${raw(GRANTEE)} AND privilege IN (${join(PRIVILEGES)})) AS privileges`

const FIELDS = 5
const PROBE = sql`SELECT 1`

/**
 * Logs in without running a query. @throws DatabaseUnavailable, DatabaseMisconfigured, QueryFailed as an export does
 */
export async function probeDatabase(source: Source, signal: AbortSignal): Promise<void> {
  const rows = await source.open({ query: PROBE, key: null, after: null, upTo: null, timeZone: null }, signal)
  try {
    for await (const _ of rows) return
  } finally {
    await rows.close()
  }
}

/**
 * Returns the server's version, the account and its privileges. @throws DatabaseUnavailable, DatabaseMisconfigured,
 * QueryFailed as an export does
 */
export async function checkDatabase(source: Source, signal: AbortSignal): Promise<DatabaseFacts> {
  const rows = await source.open({ query: QUESTION, key: null, after: null, upTo: null, timeZone: null }, signal)
  try {
    for await (const { bytes, starts } of rows) {
      const [from, to] = [new Int32Array(FIELDS), new Int32Array(FIELDS)]
      locateFields(bytes, starts[0]!, FIELDS, from, to)
      const texts = Array.from(from, (start, at) => (start === -1 ? null : bytes.toString('utf8', start, to[at])))
      const [version, account, schema, tables, privileges] = texts
      return {
        ...{ version: version ?? '', account: account ?? '', schema: schema ?? null, tables: Number(tables) },
        privileges: privileges?.split(',') ?? [],
      }
    }
    throw new Error('The database returned no row for the check of its account.')
  } finally {
    await rows.close()
  }
}
