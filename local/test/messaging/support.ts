/** A gateway with nothing but queues, topics and the outbox behind it, and SDK clients for it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SNSClient } from '@aws-sdk/client-sns'
import { SQSClient } from '@aws-sdk/client-sqs'
import { startGateway } from '../../src/gateway.ts'
import { openMessaging } from '../../src/messaging/messaging.ts'
import { openStore } from '../../src/store.ts'

export const REGION = 'us-east-1'

export type Post = Awaited<ReturnType<typeof openPost>>

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'carryout-test-'))
}

export async function openPost(stateDirectory: string, { keep = false } = {}) {
  const gateway = await startGateway({ port: 0 })
  const store = openStore(stateDirectory)
  const { endpointUrl } = gateway
  const messaging = await openMessaging({ store, stateDirectory, region: REGION, endpointUrl })
  gateway.services.set('sqs', messaging.sqs.handler)
  gateway.services.set('sns', messaging.sns.handler)
  const config = clientConfig(endpointUrl)
  const sqs = new SQSClient(config)
  const sns = new SNSClient(config)
  return {
    gateway,
    messaging,
    sqs,
    sns,
    async close() {
      sqs.destroy()
      sns.destroy()
      await messaging.stop()
      await gateway.stop()
      store.close()
      if (!keep) rmSync(stateDirectory, { recursive: true })
    },
  }
}

export function clientConfig(endpoint: string) {
  return { endpoint, region: REGION, credentials: { accessKeyId: 'local', secretAccessKey: 'local' }, maxAttempts: 1 }
}
