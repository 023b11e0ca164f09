/** fauxqs' storage of messages, of which a crash or a full disk loses none. */
import type { BuildAppOptions } from 'fauxqs'
import type { Disk } from '../disk.ts'

export type Persistence = NonNullable<NonNullable<BuildAppOptions['stores']>['sqsStore']['persistence']>
type Message = Parameters<Persistence['insertMessage']>[1]
type PersistenceManager = new (directory: string) => Persistence

export function lastingPersistence(
  PersistenceManager: PersistenceManager,
  {
    onStored,
    onDeleted,
    disk,
    signal,
  }: {
    onStored(queueName: string, message: Message): void
    onDeleted(messageId: string): void
    disk: Disk
    /** Aborts when the local cloud stops. */
    signal: AbortSignal
  },
): PersistenceManager {
  return class Lasting extends PersistenceManager {
    readonly #received = new Map<string, [count: number, first: number | undefined]>()
    readonly #leaving = new Set<string>()

    override insertMessage(queueName: string, message: Message) {
      this.#leaving.delete(message.messageId)
      super.insertMessage(queueName, message)
      onStored(queueName, message)
    }
    // fauxqs deletes a message and then stores it in the dead-letter queue; a crash in between would lose it. So
    // deletions wait for the end of the turn, and storing the message again (which replaces the row) cancels them.
    override deleteMessage(messageId: string) {
      this.#received.delete(messageId)
      this.#leaving.add(messageId)
      queueMicrotask(() => {
        if (!this.#leaving.delete(messageId)) return
        const remove = () => {
          super.deleteMessage(messageId)
          onDeleted(messageId)
        }
        // If it is finally not deleted, it is received once more after the next start.
        void disk.patiently(remove, signal).catch((error) => {
          if (!signal.aborted) throw error
        })
      })
    }
    override updateMessageInflight(...update: Parameters<Persistence['updateMessageInflight']>) {
      const [messageId, , , count, first] = update
      this.#received.set(messageId, [count, first])
      super.updateMessageInflight(...update)
    }
    // fauxqs' own method sets the receive count to NULL, which its schema forbids, so making a message visible would
    // fail.
    override updateMessageReady(messageId: string) {
      const [count, first] = this.#received.get(messageId) ?? [1, undefined]
      super.updateMessageInflight(messageId, '', 0, count, first)
    }
  }
}
