import { execute, prepare } from './prepared.ts'
import type { Session } from './session.ts'
import type { Statement } from './statement.ts'

/** How the server would run the statement: one step a row, in the columns that the server gives them. */
export async function explainOf(session: Session, statement: Statement): Promise<Record<string, unknown>[]> {
  await prepare(session, { ...statement, text: `EXPLAIN FORMAT=TRADITIONAL ${statement.text}` })
  // It may run functions of the query whose arguments are constants.
  return await execute<Record<string, unknown>>(session, statement)
}

/**
 * How many rows the optimizer guesses; null where it has no guess. Joined tables multiply, and its own guess of what a
 * WHERE leaves over differs too much to be asked: so the longest of the tables' counts. The format is asked for by name,
 * since `explain_format` may make another one the default.
 */
export async function estimateOf(session: Session, statement: Statement): Promise<number | null> {
  const plan = await explainOf(session, statement)
  const counts = plan.map((step) => Number(step.rows ?? Number.NaN)).filter((count) => count > 0)
  return counts.length > 0 ? Math.max(...counts) : null
}
