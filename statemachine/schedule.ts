/** Exports by the clock: the message that EventBridge Scheduler puts on the queue. */
import { createHash } from 'node:crypto'
import { isRequestId } from './request.ts'

/** The body of a message on the queue. `Prepare` makes the request of it, from the catalogue. */
export interface ScheduledMessage {
  /** The schedule's name in its export. */
  schedule: string
  export: string
  /** ISO 8601, UTC, whole seconds: for when it was scheduled, however late it comes. */
  scheduledAt: string
  /** The first of the recipients, as the schedule was deployed. */
  requestedBy: string
  /** Of one that is sent again; else it follows from the schedule and its time. */
  id?: string
}

export function isScheduled(value: unknown): value is ScheduledMessage {
  const { schedule, export: name, scheduledAt } = (value ?? {}) as Record<string, unknown>
  const isTime = typeof scheduledAt === 'string' && !Number.isNaN(Date.parse(scheduledAt))
  return typeof schedule === 'string' && typeof name === 'string' && isTime
}

/** `orders_daily_20261130T060000Z`: the same time of the same schedule is one execution. The names have no `_`. */
export function scheduledId({ schedule, export: name, scheduledAt }: ScheduledMessage): string {
  const time = new Date(scheduledAt).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const id = `${name}_${schedule}_${time}`
  if (isRequestId(id)) return id
  return `scheduled-${createHash('sha256').update(id).digest('hex').slice(0, 32)}`
}

/** @returns for when a request of this schedule was scheduled, as its id says; undefined where it was not made by the schedule */
export function scheduledAtOf(id: string, { schedule, export: name }: Pick<ScheduledMessage, 'schedule' | 'export'>) {
  const prefix = `${name}_${schedule}_`
  const [, date, time] = (id.startsWith(prefix) && /^(\d{8})T(\d{6})Z$/.exec(id.slice(prefix.length))) || []
  if (date === undefined || time === undefined) return undefined
  return new Date(`${date.replace(/(..)(..)$/, '-$1-$2')}T${time.match(/../g)!.join(':')}Z`)
}
