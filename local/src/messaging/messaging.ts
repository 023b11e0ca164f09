/** SQS and SNS of the local cloud, with the outbox for e-mails. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Disk } from '../disk.ts'
import { type Outbox, openOutbox } from '../mail/outbox.ts'
import { checkDatabase, stateUnusable } from '../store.ts'
import { openDeadLetters } from './dead-letters.ts'
import { lastingDeduplication } from './deduplication.ts'
import { type Fauxqs, openFauxqs } from './fauxqs.ts'
import { correctReceives } from './receive.ts'
import { createSns, type Sns } from './sns.ts'
import { createSqs, returnInFlight, type Sqs } from './sqs.ts'

export interface Messaging {
  sqs: Sqs
  sns: Sns
  outbox: Outbox
  /** The stores, for creating queues and topics at boot. */
  fauxqs: Fauxqs
  stop(): Promise<void>
}

/**
 * Opens the queues, topics and outbox of a state directory. Messages that were in flight become visible immediately,
 * because their receivers died with the previous process.
 *
 * @throws StateUnusable if the stored data is damaged
 */
export async function openMessaging(options: {
  store: DatabaseSync
  stateDirectory: string
  region: string
  endpointUrl: string
  disk?: Disk
}): Promise<Messaging> {
  const { store, stateDirectory, region, endpointUrl } = options
  const deduplication = lastingDeduplication(store)
  const directory = join(stateDirectory, 'messaging')
  refuseDamage(stateDirectory, join(directory, 'fauxqs.db'))
  const deadLetters = openDeadLetters(store)
  const fauxqs = await openFauxqs({
    directory,
    region,
    endpointUrl,
    deduplicationOf: deduplication.of,
    disk: options.disk,
    onStored: deduplication.note,
    onDeleted: deadLetters.forget,
    onQueue: (queue) =>
      correctReceives(queue, {
        onDeadLetter: ({ messageId }, source) => deadLetters.note(messageId, source.arn),
      }),
  })
  returnInFlight(fauxqs)
  const outbox = openOutbox({ store, directory: join(stateDirectory, 'outbox') })
  const sqs = createSqs(fauxqs, deadLetters)
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

/** Checks for damage at the start; fauxqs would notice only when it reaches a damaged page. */
function refuseDamage(stateDirectory: string, path: string) {
  if (!existsSync(path)) return
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path)
    checkDatabase(database)
  } catch (error) {
    throw stateUnusable(stateDirectory, error, {
      path: 'messaging',
      lost: 'the queues, with the requests that waited in them',
      kept: 'Executions, files, logs and mails are not in it.',
    })
  } finally {
    database?.close()
  }
}
