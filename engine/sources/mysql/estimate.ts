import { execute, prepare } from './prepared.ts'
import type { Session } from './session.ts'
import type { Statement } from './statement.ts'

/** Returns the server's EXPLAIN of the statement: one row per step, with the server's own columns. */
export async function explainOf(session: Session, statement: Statement): Promise<Record<string, unknown>[]> {
  await prepare(session, { ...statement, text: `EXPLAIN FORMAT=TRADITIONAL ${statement.text}` })
  // EXPLAIN may call functions in the query whose arguments are constants.
  return await execute<Record<string, unknown>>(session, statement)
}

/**
 * Returns the optimizer's estimate of rows, or null if it has none. The estimate is the largest count among the tables:
 * joined tables multiply, and the optimizer's guess of what a WHERE keeps is too imprecise. The format is named
 * explicitly, because `explain_format` may change the default.
 */
export async function estimateOf(session: Session, statement: Statement): Promise<number | null> {
  const plan = await explainOf(session, statement)
  const counts = plan.map((step) => Number(step.rows ?? Number.NaN)).filter((count) => count > 0)
  return counts.length > 0 ? Math.max(...counts) : null
}
