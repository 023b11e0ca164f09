/** How long downloads take, from the table's entries of finished ones. */
import type { DownloadEntry } from '@carryout/client'
import type { OperatorClient } from '@carryout/client/operator'

/** How many of the newest downloads are read, of all exports together. A rarer export has no typical duration. */
const LOOKED_AT = 200

/** Returns how long it ran, without the time before a replay; null if it has not ended. */
export function runMillis({ startedAt, redrivenAt, endedAt }: DownloadEntry): number | null {
  const from = redrivenAt ?? startedAt
  return from === undefined || endedAt === undefined ? null : Date.parse(endedAt) - Date.parse(from)
}

/** Returns the median duration of the newest downloads that were never redriven, by export name. */
export async function typicalMillis(carryout: OperatorClient): Promise<Map<string, number>> {
  const { downloads } = await carryout.downloads({ state: 'ready', limit: LOOKED_AT })
  const whole = downloads.filter(({ redriveCount, export: name }) => redriveCount === 0 && name !== undefined)
  const byExport = Map.groupBy(whole, ({ export: name }) => name as string)
  return new Map([...byExport].map(([name, entries]) => [name, medianOf(entries.map((each) => runMillis(each) ?? 0))]))
}

function medianOf(values: number[]): number {
  const sorted = values.sort((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
