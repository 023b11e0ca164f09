/** The catalogue's schedules, each with its last and next run. */
import type { ExportDescription, ScheduleDescription } from '../statemachine/description.ts'
import { nextRun } from '../statemachine/next-run.ts'
import { scheduledAtOf } from '../statemachine/schedule.ts'
import type { DownloadEntry } from '../statemachine/table.ts'
import type { DownloadsQuery } from './table-list.ts'

/** A schedule of the catalogue with its runs. */
export interface ScheduleRuns extends ScheduleDescription {
  export: string
  /** The schedule's newest request; null if none is known. */
  last: { id: string; state: DownloadEntry['state']; scheduledAt: Date } | null
  /**
   * Null if it is disabled or never runs again, and for a `rate(…)` that has never run, which AWS counts from its
   * deployment.
   */
  nextAt: Date | null
}

/** How many of the first recipient's downloads of the export are searched. */
const LOOKED_AT = 100

/** @param list returns pages of downloads, newest first */
export async function runsOfSchedules(
  catalogue: readonly ExportDescription[],
  list: (query: DownloadsQuery) => Promise<{ downloads: DownloadEntry[] }>,
  now: Date,
): Promise<ScheduleRuns[]> {
  const all = catalogue.flatMap(({ name, schedules }) => schedules.map((schedule) => ({ ...schedule, export: name })))
  return await Promise.all(
    all.map(async (schedule): Promise<ScheduleRuns> => {
      const [requestedBy] = schedule.recipients
      const { downloads } = await list({ export: schedule.export, requestedBy, limit: LOOKED_AT })
      const runs = downloads.flatMap(({ id, state }) => {
        const scheduledAt = scheduledAtOf(id, { schedule: schedule.name, export: schedule.export })
        return scheduledAt ? [{ id, state, scheduledAt }] : []
      })
      const last = runs.reduce<ScheduleRuns['last']>(
        (newest, run) => (newest && newest.scheduledAt >= run.scheduledAt ? newest : run),
        null,
      )
      const nextAt = schedule.enabled ? nextRun(schedule, now, last?.scheduledAt) : null
      return { ...schedule, last, nextAt }
    }),
  )
}
