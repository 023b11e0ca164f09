/**
 * Step Functions ends an execution at 25,000 events, without a Catch and beyond redriving. How many there are cannot be told
 * from its chunks: each try to get the slot takes events, too. So a range that goes on asks for the number of the last event.
 */
import { GetExecutionHistoryCommand, type SFNClient } from '@aws-sdk/client-sfn'
import { ExportTooLong } from '../../statemachine/errors.ts'
import { logger } from './step.ts'

/** https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const EVENTS = 25_000
/** The rest is for the end, and for some 330 tries for the next slot: at most 15 minutes apart, they are about 41 hours. */
export const EVENTS_OF_CHUNKS = 24_000

export interface HistoryRoom {
  /** Aborted with ExportTooLong once the history has no room for another chunk. */
  signal: AbortSignal
  end(): void
}

/**
 * Nothing waits for the answer; without one the chunks alone are counted (engine/plan/chunk-budget.ts).
 *
 * @param client one that gives up soon
 * @param name the export's
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
    // Events are numbered from one.
    const count = events[0]?.id ?? 0
    if (count < EVENTS_OF_CHUNKS) return
    const sentence = `The execution of ${name} has ${count} of the ${EVENTS} events that its history may have, by its chunks and its tries to get a slot: narrow the request`
    full.abort(new ExportTooLong(sentence))
  }
  ask().catch((error: unknown) => {
    if (!ended.signal.aborted) logger.warn('The execution’s events cannot be counted', error as Error)
  })
  return { signal: full.signal, end: () => ended.abort() }
}
