/** An execution's history, read from its end: however long it is, only what is new is fetched. */
import { type HistoryEvent, paginateGetExecutionHistory, type SFNClient } from '@aws-sdk/client-sfn'

/** The most that one page holds. */
const ALL = 1000
/** More than a step adds between two looks. */
const FEW = 50

/**
 * The events after the one of that number, oldest first. Events are numbered from 1 on.
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
    const fresh = page.events?.filter((event) => event.id! > after) ?? []
    events.push(...fresh)
    if (fresh.length < (page.events?.length ?? 0)) break
  }
  return events.reverse()
}
