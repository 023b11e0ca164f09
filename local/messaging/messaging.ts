/** SQS and SNS of the local cloud, with the outbox that e-mails go to. */
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { lastingDeduplication } from './deduplication.ts'
import { type Fauxqs, openFauxqs } from './fauxqs.ts'
import { type Outbox, openOutbox } from './outbox.ts'
import { createSns, type Sns } from './sns.ts'
import { createSqs, returnInFlight, type Sqs } from './sqs.ts'

export interface Messaging {
  sqs: Sqs
  sns: Sns
  outbox: Outbox
  /** The stores, for what creates queues and topics at boot. */
  fauxqs: Fauxqs
  stop(): Promise<void>
}

/**
 * Opens the queues, topics and the outbox of a state directory. Messages that were in flight are visible at once: their
 * receivers died with the process that kept the queue.
 */
export async function openMessaging(options: {
  store: DatabaseSync
  stateDirectory: string
  region: string
  endpointUrl: string
}): Promise<Messaging> {
  const { store, stateDirectory, region, endpointUrl } = options
  const deduplication = lastingDeduplication(store)
  const fauxqs = await openFauxqs({
    directory: join(stateDirectory, 'messaging'),
    region,
    endpointUrl,
    deduplicationOf: deduplication.of,
    onStored: deduplication.note,
  })
  returnInFlight(fauxqs)
  const outbox = openOutbox({ store, directory: join(stateDirectory, 'outbox') })
  const sqs = createSqs(fauxqs)
  const sns = createSns({ fauxqs, outbox, unsubscribeUrl: `${endpointUrl}/_carryout/unsubscribe` })
  return {
    sqs,
    sns,
    outbox,
    fauxqs,
    async stop() {
      sqs.stop()
      await fauxqs.stop()
    },
  }
}
