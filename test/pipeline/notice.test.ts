/** Notices of downloads: who gets them, how often, and what is counted. The suites share a cloud. */
import { setTimeout as sleep } from 'node:timers/promises'
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { signLink } from '../../functions/common/link.ts'
import type { TestCloud } from '../support/cloud.ts'
import { metricsCounted, metricsRead } from '../support/metrics.ts'
import { givenRequest, linkIn, mailAbout, order, outcomeOf, send } from '../support/pipeline.ts'
import { assembly, carryout, cloud, logSays, until } from './notice/shared-cloud.ts'
import './notice/requester.ts'
import './notice/link.ts'
import './notice/failure.ts'

test('a request in another message group takes its turn in the common group', async () => {
  const body = givenRequest({ requestedBy: 'grouped@example.org' })
  await send(cloud, body, 'another')
  expect((await outcomeOf(cloud, String(body.id))).status).toBe('SUCCEEDED')
  await logSays('start', 'The message’s group was not')
})

test('every metric that the dashboard and the alarms read is counted under that name and those dimensions', async () => {
  const requestedBy = 'metrics@example.org'
  const body = givenRequest({ requestedBy })
  await order(cloud, body)
  const link = linkIn(await mailAbout(cloud, String(body.id), requestedBy))
  expect((await fetch(link.replace('signature=', 'signature=x'), { method: 'POST' })).status).toBe(403)
  const { SecretString } = await cloud.clients.secrets.send(new GetSecretValueCommand({ SecretId: secretOf(cloud) }))
  const ended = { key: 'files/a/a.csv', requester: 'somebody', made: 1, expires: 2 }
  expect((await fetch(signLink(link.split('?')[0]!, ended, SecretString!))).status).toBe(410)
  await carryout.pause({ by: 'a test', reason: 'so that it waits' })
  const { id } = await carryout.request(givenRequest() as never)
  await carryout.cancel(id, { by: 'a test' })
  await carryout.resume()
  await until(async () => (await metricsCounted(cloud)).has('Cancelled Stack=Carryout'))
  await deliverWhatCannotStart()
  const counted = await metricsCounted(cloud)
  const read = metricsRead(assembly)
  expect(read.size).toBeGreaterThan(15)
  expect(read).toContain('Failed Error,Stack=Carryout')
  expect([...read].filter((metric) => !counted.has(metric))).toEqual([])
})

/** Lambda's call of `start` with a message of another group that the queue cannot take again: it has no body. */
async function deliverWhatCannotStart() {
  const attributes = { MessageGroupId: 'another', SentTimestamp: String(Date.now()) }
  const record = { messageId: 'message-1', receiptHandle: 'none', body: '', attributes }
  for (;;) {
    const invoked = cloud.lambda.invoke('Carryout-start', JSON.stringify({ Records: [record] }))
    // It may still be at the message before.
    const answer = await invoked.catch((error: { code?: string }) => {
      if (error.code !== 'TooManyRequestsException') throw error
    })
    if (answer)
      return expect(JSON.parse(answer.payload)).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] })
    await sleep(50)
  }
}

/** The secret that links are signed with. */
function secretOf({ stacks }: TestCloud): string {
  const resources = stacks.flatMap((stack) => stack.resources)
  return resources.find(({ type }) => type === 'AWS::SecretsManager::Secret')!.physicalId
}
