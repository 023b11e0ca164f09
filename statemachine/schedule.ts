/** Scheduled exports: the message that EventBridge Scheduler sends to the queue. */
import { createHash } from 'node:crypto'
import { isRequestId } from './request.ts'

/** The body of a message on the queue. `Prepare` makes a request from it and the catalogue. */
export interface ScheduledMessage {
  /** The schedule's name in its export. */
  schedule: string
  export: string
  /** When it was due, regardless of when it arrives. ISO 8601, UTC, whole seconds. */
  scheduledAt: string
  /** The first recipient at the time of the deployment. */
  requestedBy: string
  /** Set if the message is sent again; otherwise the id follows from the schedule and its time. */
  id?: string
}

export function isScheduled(value: unknown): value is ScheduledMessage {
  const { schedule, export: name, scheduledAt } = (value ?? {}) as Record<string, unknown>
  const isTime = typeof scheduledAt === 'string' && !Number.isNaN(Date.parse(scheduledAt))
  return typeof schedule === 'string' && typeof name === 'string' && isTime
}

/**
 * Returns an id such as `orders_daily_20261130T060000Z`: one time of one schedule is one execution. Names contain no
 * `_`.
 */
export function scheduledId({ schedule, export: name, scheduledAt }: ScheduledMessage): string {
  const time = new Date(scheduledAt).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const id = `${name}_${schedule}_${time}`
  if (isRequestId(id)) return id
  return `scheduled-${createHash('sha256').update(id).digest('hex').slice(0, 32)}`
}

/** @returns when a request of this schedule was due, read from its id; undefined if it was not made by the schedule */
export function scheduledAtOf(id: string, { schedule, export: name }: Pick<ScheduledMessage, 'schedule' | 'export'>) {
  const prefix = `${name}_${schedule}_`
  if (!id.startsWith(prefix)) return undefined
  const time = id.slice(prefix.length)
  const iso = time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z')
  return iso === time ? undefined : new Date(iso)
}
