/** What an export cannot be: continued, where its rows or its file do not allow it, or longer than it may. */
import type { Plan } from '../../statemachine/contract.ts'
import { ExportTooLong, TooManyRows } from '../../statemachine/errors.ts'
import type { Export } from '../catalogue.ts'
import { compressions } from '../compressions/compression.ts'
import { facts } from '../formats/facts.ts'

type Written = Pick<Plan, 'format' | 'compression'>

/** What of the file cannot be joined from chunks, and what can in its place; null where nothing stands in the way. */
function uncuttablePart({ format, compression }: Written): { part: string; instead: string } | null {
  if (!facts[format].cuttable) return { part: format, instead: 'csv' }
  if (compression === 'none' || compressions[compression].cuttable) return null
  return { part: compression, instead: 'gzip' }
}

export function isCuttable(plan: Written): boolean {
  return uncuttablePart(plan) === null
}

/** Only rows in the order of a key can be gone on with, and only in a file that can be joined. */
export function whyNotContinued({ name, key }: Export, plan: Written): string | null {
  const late = `${name} did not fit into the time of one invocation`
  if (key === null) return `${late} and has no key to be continued by: give it a key, or narrow the request`
  const whole = uncuttablePart(plan)
  return whole && `${late}, and ${whole.part} cannot be continued: choose ${whole.instead}, or narrow the request`
}

/** Rounded from exports of `order-items` on a laptop; another export's rows may be several times as wide. */
const ROWS_PER_SECOND: Record<Plan['format'], number> = {
  csv: 400_000,
  tsv: 400_000,
  jsonl: 300_000,
  xlsx: 100_000,
  parquet: 200_000,
}
/** How many times too long an export must look to be refused: an estimate of joined tables may be off by much. */
const HOPELESS = 20

/**
 * Says before the first row is written that an export that cannot be continued will hardly fit into its time.
 *
 * @returns a warning; null where there is time enough, or nobody knows. @throws ExportTooLong when it is hopeless
 */
export function forecast(
  definition: Export,
  plan: Plan,
  { rows, seconds }: { rows: number | null; seconds: number },
): string | null {
  const whole = uncuttablePart(plan)
  const hasKey = definition.key !== null
  if ((hasKey && whole === null) || rows === null) return null
  const needed = rows / ROWS_PER_SECOND[plan.format]
  if (needed <= seconds) return null
  const sentence = `${definition.name} has about ${rows} rows by the database’s estimate, which takes ${plan.format} about ${Math.ceil(needed)} s; ${hasKey ? whole?.part : 'an export without a key'} cannot be continued after the ${Math.floor(seconds)} s of one invocation`
  if (needed > HOPELESS * seconds) {
    const advice = [...(hasKey ? [] : ['give it a key']), ...(whole ? [`choose ${whole.instead}`] : [])]
    throw new ExportTooLong(`${sentence}: ${advice.join(' and ')}, or narrow the request`)
  }
  return sentence
}

/** @param rows of the whole file, or of as much as is known of it */
export function refuseTooMany(name: string, { maxRows }: Pick<Plan, 'maxRows'>, rows: number): void {
  if (maxRows === null || rows <= maxRows) return
  throw new TooManyRows(`${name} exceeds its limit of ${maxRows} rows. Narrow the request.`)
}
