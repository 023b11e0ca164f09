/**
 * Step Functions ends an execution at 25,000 events, without a Catch and without a way to redrive it. The number of
 * events does not follow from the chunks, because each attempt to get the slot also takes events. So a range that
 * continues asks for the number of the last event.
 */
import { GetExecutionHistoryCommand, type SFNClient } from '@aws-sdk/client-sfn'
import { ExportTooLong } from '../../statemachine/errors.ts'
import { logger } from './step.ts'

/** https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const EVENTS = 25_000
/**
 * The remainder is for the end of the execution and for about 330 attempts to get the next slot: at most 15 minutes
 * apart, they take about 41 hours.
 */
export const EVENTS_OF_CHUNKS = 24_000

export interface HistoryRoom {
  /** Aborted with ExportTooLong if the history has no room for another chunk. */
  signal: AbortSignal
  end(): void
}

/**
 * Asks for the last event's number without making anything wait. If there is no response, only the chunks are counted
 * (engine/plan/chunk-budget.ts).
 *
 * @param client one with short limits
 * @param name of the export
 */
export function watchHistoryRoom(client: Pick<SFNClient, 'send'>, executionArn: string, name: string): HistoryRoom {
  const full = new AbortController()
  const ended = new AbortController()
  const ask = async () => {
    const command = new GetExecutionHistoryCommand({
      executionArn,
      reverseOrder: true,
      maxResults: 1,
      includeExecutionData: false,
    })
    const { events = [] } = await client.send(command, { abortSignal: ended.signal })
    // Events are numbered from 1.
    const count = events[0]?.id ?? 0
    if (count < EVENTS_OF_CHUNKS) return
    const sentence = `The execution of ${name} has used ${count} of the ${EVENTS} events of its history, for chunks and attempts to get a slot. Narrow the request`
    full.abort(new ExportTooLong(sentence))
  }
  ask().catch((error: unknown) => {
    if (!ended.signal.aborted) logger.warn('The execution’s events could not be counted', error as Error)
  })
  return { signal: full.signal, end: () => ended.abort() }
}
