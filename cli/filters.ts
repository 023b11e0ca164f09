/** The options that select downloads. */
import type { ReplayFilter } from '@carryout/client/operator'
import { UsageError } from '../terminal/usage-error.ts'
import type { Options } from './command.ts'

export const filterOptions = {
  export: { type: 'string', value: '<name>', help: 'only of this export' },
  error: { type: 'string', value: '<name>', help: 'only those that failed with this error, such as QueryFailed' },
  'requested-by': { type: 'string', value: '<e-mail>', help: 'only of this requester' },
  since: {
    type: 'string',
    value: '<when>',
    help: 'only what changed since: a number with m, h or d, such as 7d, or a time such as 2026-11-30T12:00Z',
  },
} as const satisfies Options

export type Filters = { [Name in keyof typeof filterOptions]?: string }

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 }

/** @throws UsageError */
export function toFilter({ export: name, error, 'requested-by': requestedBy, since }: Filters): ReplayFilter {
  return {
    ...(name !== undefined && { export: name }),
    ...(error !== undefined && { error }),
    ...(requestedBy !== undefined && { requestedBy }),
    ...(since !== undefined && { since: toTime(since) }),
  }
}

function toTime(since: string): Date {
  const [, number, unit] = /^([1-9]\d{0,4})([mhd])$/.exec(since) ?? []
  if (number) return new Date(Date.now() - Number(number) * UNITS[unit as keyof typeof UNITS])
  const at = /^\d{4}-\d\d-\d\d/.test(since) ? Date.parse(since) : Number.NaN
  if (!Number.isNaN(at)) return new Date(at)
  throw new UsageError(
    `--since must be a number with m, h or d, such as 7d, or a time such as 2026-11-30T12:00Z, not “${since}”.`,
  )
}
