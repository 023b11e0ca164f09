import { execution, prepare, valuesOf } from './prepared.ts'
import type { Session } from './session.ts'
import type { Statement } from './statement.ts'

/**
 * How many rows the optimizer guesses; null where it has no guess. Joined tables multiply, and its own guess of what a
 * WHERE leaves over differs too much to be asked: so the longest of the tables' counts. The format is asked for by name,
 * since `explain_format` may make another one the default.
 */
export async function estimateOf(session: Session, statement: Statement): Promise<number | null> {
  await prepare(session, { ...statement, text: `EXPLAIN FORMAT=TRADITIONAL ${statement.text}` })
  const plan = await session.run<{ rows: string | number | null }>(execution(statement), valuesOf(statement))
  const counts = plan.map((step) => Number(step.rows ?? Number.NaN)).filter((count) => count > 0)
  return counts.length > 0 ? Math.max(...counts) : null
}
