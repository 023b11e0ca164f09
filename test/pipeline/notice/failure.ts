/** Failures that the state machine could not announce, and those that it did. For notice.test.ts. */
import { setTimeout as sleep } from 'node:timers/promises'
import { StopExecutionCommand } from '@aws-sdk/client-sfn'
import { arnOf, givenRequest, mailAbout, order, outcomeOf, send } from '../../support/pipeline.ts'
import { cloud, logSays, OPERATOR } from './shared-cloud.ts'

describe('a failure', () => {
  test('that was not announced is announced by the last line of defence, and a cancellation is not', async () => {
    silenceNotify()
    const body = givenRequest({ export: 'orderz', requestedBy: 'untold@example.org', language: 'ja' })
    expect(await order(cloud, body)).toMatchObject({ status: 'FAILED', error: 'UnknownExport' })
    const own = await mailAbout(cloud, String(body.id), 'untold@example.org')
    expect(own.subject).toBe('ご依頼のダウンロードを完了できませんでした')
    const operator = await mailAbout(cloud, String(body.id), OPERATOR)
    expect(operator.text).toContain('Error: UnknownExport\n')
    expect(operator.text).toContain('Step: Prepare\n')
    silenceNotify()
    const messageId = await send(cloud, 'hello')
    await outcomeOf(cloud, messageId)
    await mailAbout(cloud, messageId, OPERATOR)

    const stopped = givenRequest({ requestedBy: 'cancelled@example.org', export: 'order-items', params: {} })
    await send(cloud, stopped)
    for (;;) {
      const executionArn = arnOf(cloud, String(stopped.id))
      const done = await cloud.clients.sfn.send(new StopExecutionCommand({ executionArn })).catch(() => undefined)
      if (done) break
      await sleep(10)
    }
    expect((await outcomeOf(cloud, String(stopped.id))).status).toBe('ABORTED')
    const after = givenRequest({ export: 'orderz', requestedBy: 'later@example.org' })
    silenceNotify()
    await order(cloud, after)
    await mailAbout(cloud, String(after.id), 'later@example.org')
    expect(cloud.outbox.list().filter(({ text }) => text.includes(String(stopped.id)))).toEqual([])
  })

  test('that was already announced is not announced again by the last line of defence', async () => {
    const body = givenRequest({ export: 'orderz', requestedBy: 'once@example.org' })
    await order(cloud, body)
    const id = String(body.id)
    await mailAbout(cloud, id, 'once@example.org')
    await logSays('confirm-notice', 'The failure has been announced')
    for (const to of ['once@example.org', OPERATOR]) {
      expect(cloud.outbox.list().filter((mail) => mail.to === to && mail.text.includes(id))).toHaveLength(1)
    }
  })
})

/** Keeps the next failure from being announced by the state machine: all its tries are answered so. */
function silenceNotify() {
  cloud.lambda.refuse('Carryout-notify', { code: 'ResourceNotFoundException', status: 404, times: 4 })
}
