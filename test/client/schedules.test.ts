/** The schedules of a catalogue with their last and next runs. */
import { runsOfSchedules } from '../../client/schedules.ts'
import type { DownloadsQuery } from '../../client/table-list.ts'
import type { ExportDescription, ScheduleDescription } from '../../statemachine/description.ts'
import type { DownloadEntry } from '../../statemachine/table.ts'

const NOW = new Date('2026-11-30T12:00:00.000Z')
const DAILY: ScheduleDescription = {
  ...{ name: 'daily', expression: 'cron(0 6 * * ? *)', timeZone: 'UTC', enabled: true },
  recipients: ['hanako@example.com', 'taro@example.com'],
}

async function runsOf(schedules: ScheduleDescription[], entries: Pick<DownloadEntry, 'id' | 'state'>[] = []) {
  const queries: DownloadsQuery[] = []
  const list = async (query: DownloadsQuery) => {
    queries.push(query)
    return { downloads: entries as DownloadEntry[] }
  }
  const catalogue = [{ name: 'orders', schedules }] as unknown as ExportDescription[]
  return { runs: await runsOfSchedules(catalogue, list, NOW), queries }
}

test('a schedule has its newest request, in whatever order they came, and when it runs next', async () => {
  const { runs, queries } = await runsOf(
    [DAILY],
    [
      { id: 'orders_daily_20261128T060000Z', state: 'failed' },
      { id: 'orders_daily_20261130T060000Z', state: 'ready' },
      { id: 'orders_daily_20261129T060000Z', state: 'cancelled' },
      { id: 'orders_weekly_20261130T070000Z', state: 'ready' },
      { id: 'by-hand', state: 'ready' },
    ],
  )
  const last = { id: 'orders_daily_20261130T060000Z', state: 'ready', scheduledAt: new Date('2026-11-30T06:00:00Z') }
  expect(runs).toEqual([{ ...DAILY, export: 'orders', last, nextAt: new Date('2026-12-01T06:00:00Z') }])
  // They are requested in the name of the first recipient.
  expect(queries).toEqual([{ export: 'orders', requestedBy: 'hanako@example.com', limit: 100 }])
})

test('a schedule that has never run has no last request; a rate is counted from the last one', async () => {
  const hourly = { ...DAILY, name: 'hourly', expression: 'rate(5 hours)' }
  const { runs } = await runsOf([DAILY, hourly])
  expect(runs).toMatchObject([
    { name: 'daily', last: null, nextAt: new Date('2026-12-01T06:00:00Z') },
    { name: 'hourly', last: null, nextAt: null },
  ])
  const ran = await runsOf([hourly], [{ id: 'orders_hourly_20261130T080000Z', state: 'ready' }])
  expect(ran.runs).toMatchObject([{ nextAt: new Date('2026-11-30T13:00:00Z') }])
})

test('a schedule that is disabled does not run next', async () => {
  const { runs } = await runsOf([{ ...DAILY, enabled: false }])
  expect(runs).toMatchObject([{ enabled: false, nextAt: null }])
})
