/**
 * Enables and disables the queue's event source mappings. While downloads are paused they are disabled, so that
 * receives are not counted. The pause itself is a fact in the table, which `start` checks even if a deployment enables
 * the mappings again.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type AwsOptions, loadPeer } from './aws.ts'
import type { Parts } from './parts.ts'

/** Together with the waits between them, one minute. */
const CHANGES = 60
const CHANGE_PAUSE_MILLIS = 1_000

/** @returns the number of mappings; each is changing when this returns */
export async function setDelivery(parts: Parts, isEnabled: boolean, options: AwsOptions): Promise<number> {
  const { LambdaClient, paginateListEventSourceMappings, UpdateEventSourceMappingCommand } = await loadPeer(
    '@aws-sdk/client-lambda',
    () => import('@aws-sdk/client-lambda'),
    'Pausing the queue’s delivery',
  )
  const client = new LambdaClient(options)
  let count = 0
  try {
    for await (const page of paginateListEventSourceMappings({ client }, { EventSourceArn: queueArnOf(parts) })) {
      for (const { UUID, State } of page.EventSourceMappings ?? []) {
        count++
        const already = isEnabled ? ['Enabled', 'Enabling'] : ['Disabled', 'Disabling']
        if (already.includes(State ?? '')) continue
        await patiently(() => client.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: isEnabled })))
      }
    }
    return count
  } finally {
    client.destroy()
  }
}

/** Retries a change for some seconds: a mapping accepts no change while its last one is in progress. */
async function patiently(change: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await change()
      return
    } catch (error) {
      const isBusy = error instanceof Error && error.name === 'ResourceInUseException'
      if (!isBusy || attempt === CHANGES) throw error
    }
    await sleep(CHANGE_PAUSE_MILLIS)
  }
}

/** Returns the queue's ARN; the queue is in the account and region of the state machine. */
function queueArnOf({ queueUrl, stateMachineArn }: Parts): string {
  const [arn, partition, , region, account] = stateMachineArn.split(':')
  return [arn, partition, 'sqs', region, account, new URL(queueUrl).pathname.split('/').at(-1)].join(':')
}
