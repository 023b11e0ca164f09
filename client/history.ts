/** Reads an execution's history from its end, so that only new events are fetched, however long it is. */
import { type HistoryEvent, paginateGetExecutionHistory, type SFNClient } from '@aws-sdk/client-sfn'

/** The maximum page size. */
const ALL = 1000
/** More events than a step usually adds between two polls. */
const FEW = 50

/**
 * Returns the events with a higher number than `after`, oldest first. Events are numbered from 1.
 *
 * @param after 0 for the whole history
 * @throws ExecutionDoesNotExist
 */
export async function readHistory(client: SFNClient, executionArn: string, after: number): Promise<HistoryEvent[]> {
  const pages = paginateGetExecutionHistory(
    { client, pageSize: after === 0 ? ALL : FEW },
    { executionArn, reverseOrder: true },
  )
  const events: HistoryEvent[] = []
  for await (const page of pages) {
    const all = page.events ?? []
    const fresh = all.filter((event) => event.id! > after)
    events.push(...fresh)
    if (fresh.length < all.length) break
  }
  return events.reverse()
}
