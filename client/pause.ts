/**
 * The queue's event source mappings. While downloads are paused they are disabled, so that no receive of a message is
 * counted; the pause itself is a fact in the table, which `start` looks for whatever a deployment makes of the mappings.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type AwsOptions, loadPeer } from './aws.ts'
import type { Parts } from './parts.ts'

/** Together a minute. */
const CHANGES = 60
const CHANGE_PAUSE_MILLIS = 1_000

/** @returns how many mappings there are; of each, a change is under way when this returns */
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

/** A mapping whose last change is under way takes no other, for some seconds. */
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

/** The queue is in the account and region of the state machine. */
function queueArnOf({ queueUrl, stateMachineArn }: Parts): string {
  const [arn, partition, , region, account] = stateMachineArn.split(':')
  return [arn, partition, 'sqs', region, account, new URL(queueUrl).pathname.split('/').at(-1)].join(':')
}
