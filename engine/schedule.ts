/** Scheduled exports: the schedules in the catalogue, and the request that a schedule's message stands for. */
import * as z from 'zod'
import type { Request } from '../statemachine/contract.ts'
import { InvalidRequest } from '../statemachine/errors.ts'
import { COMPRESSIONS, ENCODINGS, FORMATS, isEmailAddress, LANGUAGES } from '../statemachine/request.ts'
import { type ScheduledMessage, scheduledId } from '../statemachine/schedule.ts'
import { problemOfExpression } from '../statemachine/schedule-expression.ts'
import { dayIn, isTimeZone } from './plan/time-zone.ts'

/**
 * The time at which a schedule was due, regardless of when its export runs. Days are `2026-11-30`, in the schedule's
 * time zone.
 */
export interface ScheduledTime {
  at: Date
  /** The day on which it was due. */
  today: string
  /** The day `offset` days after today; negative offsets are earlier. */
  day(offset: number): string
  /** The first day of this month, or of the month `offset` months later. */
  month(offset?: number): string
}

/** SES sends one mail to at most this many recipients. */
const MOST_RECIPIENTS = 50

export interface Schedule<Params = Record<string, unknown>> {
  /** `cron(0 6 * * ? *)` or `rate(1 day)`, in the syntax of EventBridge Scheduler. */
  expression: string
  /** The time zone of the expression and of days: `Asia/Tokyo`. */
  timeZone: string
  /** The request's parameters; none by default. */
  params?: (time: ScheduledTime) => Params
  /** E-mail addresses. The first is the requester's; the others also get the mail when the file is ready. */
  recipients: readonly [string, ...string[]]
  format?: Request['format']
  compression?: Request['compression']
  encoding?: Request['encoding']
  /** `en` by default. */
  language?: Request['language']
  /** `false` deploys the schedule disabled. */
  enabled?: boolean
}

const oneOf = <T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, `must be one of ${values.join(', ')}`).optional()

export const ScheduleSchema = z.strictObject({
  expression: z.string().check(({ value, issues }) => {
    const message = problemOfExpression(value)
    if (message !== undefined) issues.push({ code: 'custom', input: value, message })
  }),
  timeZone: z
    .string()
    .refine((zone) => /^[A-Za-z]/.test(zone) && isTimeZone(zone), 'must be the name of a time zone such as Asia/Tokyo'),
  params: z
    .custom<(time: ScheduledTime) => Record<string, unknown>>(
      (value) => typeof value === 'function',
      'must be a function',
    )
    .optional(),
  recipients: z
    .array(z.string().refine(isEmailAddress, 'must be an e-mail address'))
    .min(1, 'must name at least one e-mail address, which becomes the requester')
    .max(MOST_RECIPIENTS, `must be at most ${MOST_RECIPIENTS}: name a distribution list`),
  format: oneOf(FORMATS),
  compression: oneOf(COMPRESSIONS),
  encoding: oneOf(ENCODINGS),
  language: oneOf(LANGUAGES),
  enabled: z.boolean().optional(),
} satisfies Record<keyof Schedule, z.ZodType>)

/** Schedules of an export by name. */
export const SchedulesSchema = z.record(
  z.string().regex(/^[a-z][a-z0-9-]{0,29}$/, 'must be named by 1 to 30 of a-z 0-9 - and begin with a letter'),
  ScheduleSchema,
)

/**
 * Returns the request that a schedule's message stands for, not yet validated, and the additional recipients of the
 * mail.
 *
 * @param schedules of the message's export
 * @throws InvalidRequest if the export has no such schedule, or its `params` throws
 */
export function requestOfSchedule(message: ScheduledMessage, schedules: Readonly<Record<string, Schedule>>) {
  const { schedule: name, export: exportName, scheduledAt, id = scheduledId(message) } = message
  const schedule = Object.hasOwn(schedules, name) ? schedules[name] : undefined
  if (!schedule) {
    throw new InvalidRequest(
      `The export ${exportName} has no schedule ${JSON.stringify(name)}; it has ${Object.keys(schedules).join(', ') || 'none'}. Deploy the app again, so that the deployed schedules match the catalogue.`,
    )
  }
  const { timeZone, recipients, params, format, compression, encoding, language } = schedule
  const [requestedBy, ...alsoTo] = recipients
  const time = scheduledTime(new Date(scheduledAt), timeZone)
  const request = {
    ...{ id, export: exportName, requestedBy, timeZone },
    params: paramsOf(params, time, `${exportName}.schedules.${name}`),
    ...{ format, compression, encoding, language },
  }
  const given = Object.entries(request).filter(([, value]) => value !== undefined)
  return { request: Object.fromEntries(given), alsoTo }
}

function paramsOf(params: Schedule['params'], time: ScheduledTime, where: string): Record<string, unknown> {
  try {
    return params?.(time) ?? {}
  } catch (error) {
    throw new InvalidRequest(
      `${where}: params threw ${error instanceof Error ? error.name : 'something'} for ${time.today}.`,
      {
        cause: error,
      },
    )
  }
}

export function scheduledTime(at: Date, timeZone: string): ScheduledTime {
  const today = dayIn(timeZone, at)
  const [year, month, day] = today.split('-').map(Number) as [number, number, number]
  const iso = (...date: [number, number, number]) => new Date(Date.UTC(...date)).toISOString().slice(0, 10)
  return {
    at,
    today,
    day: (offset) => iso(year, month - 1, day + offset),
    month: (offset = 0) => iso(year, month - 1 + offset, 1),
  }
}
