/** Refuses exports that cannot be continued where they would have to be, or that exceed their limit. */
import type { Plan } from '../../statemachine/contract.ts'
import { ExportTooLong, TooManyRows } from '../../statemachine/errors.ts'
import type { Export } from '../catalogue.ts'
import { compressions } from '../compressions/compression.ts'
import { facts } from '../formats/facts.ts'

type Written = Pick<Plan, 'format' | 'compression'>

/** Returns the part of the file that cannot be joined from chunks, and what to use instead; null if all of it can. */
function uncuttablePart({ format, compression }: Written): { part: string; instead: string } | null {
  if (!facts[format].cuttable) return { part: format, instead: 'csv' }
  if (compression === 'none' || compressions[compression].cuttable) return null
  return { part: compression, instead: 'gzip' }
}

export function isCuttable(plan: Written): boolean {
  return uncuttablePart(plan) === null
}

/** Only an export with a key can be continued, and only into a file that can be joined from chunks. */
export function whyNotContinued({ name, key }: Export, plan: Written): string | null {
  const late = `${name} did not fit into the time of one invocation`
  if (key === null)
    return `${late} and has no key, which it needs to be continued: give it a key, or narrow the request`
  const whole = uncuttablePart(plan)
  return whole && `${late}, and ${whole.part} cannot be continued: choose ${whole.instead}, or narrow the request`
}

/** Rounded from exports of `order-items` on a laptop; rows of another export may be several times as wide. */
const ROWS_PER_SECOND: Record<Plan['format'], number> = {
  csv: 400_000,
  tsv: 400_000,
  jsonl: 300_000,
  xlsx: 100_000,
  parquet: 200_000,
}
/**
 * An export is refused if it looks this many times too long. The margin is wide because estimates of joined tables are
 * imprecise.
 */
const HOPELESS = 20

/**
 * Predicts, before the first row is written, that an export that cannot be continued will not fit into its time.
 *
 * @returns a warning; null if there is enough time or no estimate. @throws ExportTooLong if the estimate exceeds the
 * time many times over
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
  const sentence = `${definition.name} has about ${rows} rows by the database’s estimate, which take about ${Math.ceil(needed)} s as ${plan.format}; ${hasKey ? whole?.part : 'an export without a key'} cannot be continued after the ${Math.floor(seconds)} s of one invocation`
  if (needed > HOPELESS * seconds) {
    const advice = [...(hasKey ? [] : ['give it a key']), ...(whole ? [`choose ${whole.instead}`] : [])]
    throw new ExportTooLong(`${sentence}: ${advice.join(' and ')}, or narrow the request`)
  }
  return sentence
}

/** @param rows of the whole file, or as many as are known so far */
export function refuseTooMany(name: string, { maxRows }: Pick<Plan, 'maxRows'>, rows: number): void {
  if (maxRows === null || rows <= maxRows) return
  throw new TooManyRows(`${name} exceeds its limit of ${maxRows} rows. Narrow the request.`)
}
