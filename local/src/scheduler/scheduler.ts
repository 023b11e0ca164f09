/**
 * EventBridge Scheduler: sends each schedule's input to its queue when it is due. Schedules that were due while the
 * cloud was stopped are skipped.
 */
import type { Iam } from '../iam/iam.ts'
import { type NextTime, nextTimeOf } from './expression.ts'

export interface Schedule {
  name: string
  /** `cron(…)` or `rate(…)`. */
  expression: string
  timeZone: string
  /** The queue's ARN. */
  arn: string
  roleArn: string
  /** With AWS's placeholders in angle brackets for values known only when it is due. */
  input: string
  messageGroupId?: string | undefined
}

export interface Scheduler {
  put(schedule: Schedule): void
  /** Starts sending from now on. */
  start(): void
  /** Sends everything that is due until that time, in order, and continues the clock from there. For tests. */
  advanceTo(time: Date): Promise<void>
  stop(): void
}

export interface SchedulerOptions {
  iam: Pick<Iam, 'authorize'>
  send(arn: string, message: { MessageBody: string; MessageGroupId?: string }): unknown
  onProgress(line: string): void
}

/** The longest delay of a timer. */
const LONGEST_TIMER_MILLIS = 24 * 60 * 60 * 1000

export function createScheduler({ iam, send, onProgress }: SchedulerOptions): Scheduler {
  const schedules: (Schedule & { next: NextTime })[] = []
  let seen = Date.now()
  let timer: NodeJS.Timeout | undefined

  const due = () =>
    schedules
      .flatMap((schedule) => {
        const at = schedule.next(seen)
        return at === undefined ? [] : [{ schedule, at }]
      })
      .sort((one, other) => one.at - other.at)[0]

  async function runUntil(time: number) {
    for (let first = due(); first && first.at <= time; first = due()) {
      const { at } = first
      const all = schedules.filter(({ next }) => next(seen) === at)
      seen = at
      for (const schedule of all) await fire(schedule, at)
    }
    seen = Math.max(seen, time)
  }

  async function fire({ name, arn, roleArn, input, messageGroupId }: Schedule, at: number) {
    const scheduledAt = new Date(at).toISOString().replace('.000Z', 'Z')
    try {
      iam.authorize({ roleArn, session: name }, 'sqs:SendMessage', arn)
      await send(arn, {
        MessageBody: input.replaceAll('<aws.scheduler.scheduled-time>', scheduledAt),
        ...(messageGroupId !== undefined && { MessageGroupId: messageGroupId }),
      })
    } catch (error) {
      onProgress(`The schedule ${name} of ${scheduledAt} was not delivered: ${(error as Error).message}`)
    }
  }

  function wait() {
    const first = due()
    if (!first) return
    const left = Math.min(Math.max(first.at - Date.now(), 0), LONGEST_TIMER_MILLIS)
    timer = setTimeout(() => void runUntil(Date.now()).then(wait), left).unref()
  }

  return {
    put(schedule) {
      schedules.push({ ...schedule, next: nextTimeOf(schedule.expression, schedule.timeZone, Date.now()) })
    },
    start() {
      seen = Date.now()
      wait()
    },
    async advanceTo(time) {
      clearTimeout(timer)
      await runUntil(time.getTime())
    },
    stop() {
      clearTimeout(timer)
      schedules.length = 0
    },
  }
}
