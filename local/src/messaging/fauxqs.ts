/**
 * fauxqs without its server. `startFauxqs` listens on every interface (0.0.0.0, whatever `host` says) and gives no
 * access to its stores, but the local cloud must listen on loopback only and needs the stores. So its application is
 * built from the same parts, and called without a socket.
 */
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { type BuildAppOptions, buildApp } from 'fauxqs'
import { type Disk, watchDisk } from '../disk.ts'
import { ACCOUNT_ID } from '../identity.ts'
import { folderOfPackage } from '../installed.ts'
import { lastingPersistence, type Persistence } from './lasting-persistence.ts'

type Stores = NonNullable<BuildAppOptions['stores']>
export type SqsStore = Stores['sqsStore']
export type SnsStore = Stores['snsStore']
export type Queue = NonNullable<ReturnType<SqsStore['getQueue']>>
export type Message = Queue['messages'][number]
export type Attributes = Message['messageAttributes']
export type Subscription = NonNullable<ReturnType<SnsStore['getSubscription']>>
export type Topic = NonNullable<ReturnType<SnsStore['getTopic']>>

/** The parts of fauxqs' internal modules that are used here. Its version is pinned for that. */
interface Internals {
  SqsStore: (new () => SqsStore) & {
    createMessage(body: string, attributes: Attributes, delay?: number, group?: string, deduplication?: string): Message
    contentBasedDeduplicationId(body: string): string
  }
  SnsStore: new () => SnsStore
  S3Store: new () => Stores['s3Store']
  PersistenceManager: new (directory: string) => Persistence
  calculateMessageSize(body: string, attributes: Attributes): number
  md5OfMessageAttributes(attributes: Attributes): string
  SETTABLE_ATTRIBUTES: Set<string>
}

const MODULES = [
  'sqs/sqsStore.js',
  'sqs/sqsTypes.js',
  'sns/snsStore.js',
  's3/s3Store.js',
  'persistence.js',
  'common/md5.js',
]

/** What fauxqs remembers of a FIFO message by its deduplication id; see `lastingDeduplication`. */
export type Deduplication = Queue['deduplicationCache']

export interface Fauxqs {
  sqs: SqsStore
  sns: SnsStore
  internals: Internals
  /** Calls fauxqs as over HTTP; returns the complete response. */
  ask(request: { headers: Record<string, string>; body: string }): Promise<Answer>
  stop(): Promise<void>
}

export interface Answer {
  status: number
  headers: Record<string, string>
  body: string
}

/**
 * Opens fauxqs' queues, topics and subscriptions in a directory.
 *
 * @param options.endpointUrl the prefix of queue URLs, which are not stored because the port may change
 */
export async function openFauxqs(options: {
  directory: string
  region: string
  endpointUrl: string
  deduplicationOf(queueName: string): Deduplication
  onStored(queue: Queue, message: Message): void
  onDeleted(messageId: string): void
  /** Called with each queue after it is created, before it has messages. */
  onQueue(queue: Queue): void
  disk?: Disk | undefined
}): Promise<Fauxqs> {
  const { directory, region, endpointUrl, deduplicationOf, onStored, onDeleted, onQueue, disk = watchDisk() } = options
  const stopping = new AbortController()
  const internals = await loadInternals()
  for (const name of ['DeduplicationScope', 'FifoThroughputLimit']) internals.SETTABLE_ATTRIBUTES.add(name)

  class Queues extends internals.SqsStore {
    override createQueue(
      name: string,
      _url: string,
      ...rest: [string, Record<string, string>?, Record<string, string>?]
    ) {
      const queue = super.createQueue(name, `${endpointUrl}/${ACCOUNT_ID}/${name}`, ...rest)
      queue.deduplicationCache = deduplicationOf(name)
      onQueue(queue)
      return queue
    }
  }
  class Topics extends internals.SnsStore {
    override subscribe(...subscription: Parameters<SnsStore['subscribe']>) {
      const made = super.subscribe(...subscription)
      // On a laptop nobody can confirm a subscription by e-mail; a function's subscription is confirmed on AWS too.
      if (made && !made.confirmed) {
        made.confirmed = true
        this.persistence?.insertSubscription(made)
      }
      return made
    }
  }

  const sqs = new Queues()
  sqs.region = region
  const sns = new Topics()
  sns.region = region
  const Lasting = lastingPersistence(internals.PersistenceManager, {
    onStored: (queueName, message) => onStored(sqs.getQueueByName(queueName) as Queue, message),
    onDeleted,
    disk,
    signal: stopping.signal,
  })
  const persistence = new Lasting(directory)
  // The same setting as in the state directory's own database (store.ts); otherwise each message would wait for the
  // disk three times.
  ;(persistence as unknown as { db: DatabaseSync }).db.exec('PRAGMA synchronous = NORMAL')
  // In the same order as `startFauxqs`: stores get their persistence after they are loaded, because storing a queue
  // again would delete its messages.
  persistence.loadSqsAndSns(sqs, sns)
  sqs.persistence = persistence
  sns.persistence = persistence
  for (const queue of sqs.allQueues()) queue.persistence = persistence

  const app = buildApp({
    logger: false,
    defaultRegion: region,
    stores: { sqsStore: sqs, snsStore: sns, s3Store: new internals.S3Store() },
  })
  app.addHook('onClose', async () => persistence.close())
  await app.ready()
  return {
    sqs,
    sns,
    internals,
    async ask({ headers, body }) {
      const answer = await app.inject({ method: 'POST', url: '/', headers, payload: body })
      return { status: answer.statusCode, headers: answer.headers as Record<string, string>, body: answer.body }
    },
    stop: async () => {
      stopping.abort()
      await app.close()
    },
  }
}

async function loadInternals(): Promise<Internals> {
  const folder = folderOfPackage('fauxqs')
  const modules = MODULES.map((path) => import(pathToFileURL(join(folder, 'dist', path)).href))
  return Object.assign({}, ...(await Promise.all(modules))) as Internals
}
