/** Runs statements with values through an SQL-level `PREPARE` and `EXECUTE … USING`: see `Statement`. */
import type { Session } from './session.ts'
import type { Statement } from './statement.ts'
import { countWarnings, type WarningCounts } from './warnings.ts'

/**
 * Prepares the statement, which `execution` then runs in the text protocol.
 *
 * @returns the server's warnings about the values. Throws QueryFailed if one would arrive changed
 */
export async function prepare(session: Session, statement: Statement): Promise<WarningCounts> {
  const assignments = statement.parameters.map((each, index) => `@carryout_${index} = ${each.expression}`)
  const warned = await session.bind(`SET ${['@carryout = ?', ...assignments].join(', ')}`, [
    { value: statement.text },
    ...statement.parameters,
  ])
  const counts = warned > 0 ? countWarnings(await session.warnings(), warned) : {}
  await session.run('PREPARE carryout FROM @carryout', valuesOf(statement))
  return counts
}

export function execution(statement: Statement): string {
  const using = statement.parameters.map((_, index) => `@carryout_${index}`).join(', ')
  return `EXECUTE carryout${using ? ` USING ${using}` : ''}`
}

/** Runs a prepared statement that returns few rows. */
export function execute<Row>(session: Session, statement: Statement): Promise<Row[]> {
  return session.run<Row>(execution(statement), valuesOf(statement), { isRunning: true })
}

/** The statement's values, which messages must not quote. */
export function valuesOf(statement: Statement): unknown[] {
  return statement.parameters.map((each) => each.value)
}
