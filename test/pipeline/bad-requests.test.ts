import { ListExecutionsCommand, StartExecutionCommand } from '@aws-sdk/client-sfn'
import type { TestCloud } from '../support/cloud.ts'
import { type Body, givenRequest, mailAbout, order, outcomeOf, send, startShop } from '../support/pipeline.ts'

const OPERATOR = 'operator@example.com'
let cloud: TestCloud
beforeAll(async () => {
  cloud = await startShop({}, 100)
})
afterAll(() => cloud.close())

describe('an invalid message fails with a named error, and operator and requester learn why', () => {
  test.each<[string, Body | string, string, string]>([
    ['is not JSON', 'give me the orders', 'InvalidRequest', 'The message is not a JSON object.'],
    ['names no export', givenRequest({ export: undefined }), 'InvalidRequest', 'export is missing'],
    ['names an unknown export', givenRequest({ export: 'order' }), 'UnknownExport', 'orders'],
    ['lacks a parameter', givenRequest({ params: { from: '2026-01-01' } }), 'InvalidRequest', 'params.to is missing'],
    [
      'has an unknown parameter',
      givenRequest({ params: { from: '2026-01-01', to: '2026-02-01', form: 'x' } }),
      'InvalidRequest',
      'params.form is not known; did you mean from?',
    ],
    [
      'has an ill-typed parameter',
      givenRequest({ params: { from: 20260101, to: '2026-02-01' } }),
      'InvalidRequest',
      'params.from must be a string',
    ],
    [
      'tries SQL in a parameter',
      givenRequest({ params: { from: "2026-01-01' OR 1=1 --", to: '2026-02-01' } }),
      'InvalidRequest',
      'params.from is wrong',
    ],
    [
      'tries SQL in place of an export',
      givenRequest({ export: 'orders; DROP TABLE orders' }),
      'UnknownExport',
      'orders',
    ],
    [
      'has an unknown field',
      givenRequest({ paramz: {} }),
      'InvalidRequest',
      'paramz is not known; did you mean params?',
    ],
    ['asks for a format that is not offered', givenRequest({ format: 'docx' }), 'InvalidRequest', 'format is wrong'],
    [
      'has a name in place of an export that no mail could hold',
      givenRequest({ export: `\ud800${'x'.repeat(150_000)}` }),
      'InvalidRequest',
      'export is wrong: it must be a text of 1 to 100 characters',
    ],
    [
      'has thousands of unknown parameters',
      givenRequest({ params: Object.fromEntries(Array.from({ length: 3_000 }, (_, n) => [`parameter${n}`, 'x'])) }),
      'InvalidRequest',
      'params.from is missing',
    ],
    [
      'has lists in lists in lists',
      `{"export":"orders","params":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
      'InvalidRequest',
      'The message is nested too deeply',
    ],
    ['has no address to answer to', givenRequest({ requestedBy: 'hanako' }), 'InvalidRequest', 'requestedBy is wrong'],
  ])('%s', async (_, body, error, sentence) => {
    const execution = await order(cloud, body)
    expect(execution).toMatchObject({ status: 'FAILED', error })
    expect(execution.cause).toContain(sentence)
    const mail = await mailAbout(cloud, execution.name as string, OPERATOR)
    expect(mail.subject).toContain(error)
    // A name that may be a domain's is written so that no mail program makes a link of it.
    expect(mail.text.replaceAll('[.]', '.')).toContain(sentence)
    expect(mail.text).toMatch(/What to do: Correct the (?:request|name of the export)/)
    if (typeof body !== 'string' && body.requestedBy === 'hanako@example.com') {
      const own = await mailAbout(cloud, execution.name as string, 'hanako@example.com')
      expect(own.text).toContain('The request could not be accepted as it was sent.')
    }
  })

  test('has an id that cannot be an execution’s name', async () => {
    const body = givenRequest({ id: 'my orders' })
    const messageId = await send(cloud, body)
    const execution = await order(cloud, body, messageId)
    expect(execution).toMatchObject({ status: 'FAILED', error: 'InvalidRequest' })
    expect(execution.cause).toContain('id is wrong: it must be 1 to 80 characters of A-Z a-z 0-9 - _')
    await mailAbout(cloud, messageId, 'hanako@example.com')
  })

  test('is larger than an execution’s input', async () => {
    const execution = await order(cloud, JSON.stringify(givenRequest({ params: { from: 'x'.repeat(300_000) } })))
    expect(execution).toMatchObject({ status: 'FAILED', error: 'InvalidRequest' })
    expect(execution.cause).toMatch(/The message has 300\d\d\d bytes; a request has at most 163840/)
  })

  test('is larger than the queue takes, so it is refused when it is sent', async () => {
    const body = JSON.stringify(givenRequest({ params: { from: 'x'.repeat(1024 * 1024) } }))
    await expect(send(cloud, body)).rejects.toThrow(/must be shorter than|larger|bytes/i)
  })

  test('is started without the queue under another name than its id, whose files it would overwrite', async () => {
    const { CarryoutStateMachineArn: stateMachineArn } = cloud.outputs
    const input = JSON.stringify(givenRequest())
    await cloud.clients.sfn.send(new StartExecutionCommand({ stateMachineArn, name: 'direct', input }))
    const execution = await outcomeOf(cloud, 'direct')
    expect(execution).toMatchObject({ status: 'FAILED', error: 'InvalidRequest' })
    expect(execution.cause).toContain('The execution is named “direct”, but its request’s id is “orders-')
  })

  test('has another request’s id, and neither replaces that nor vanishes', async () => {
    const first = givenRequest()
    expect(await order(cloud, first)).toMatchObject({ status: 'SUCCEEDED' })
    const second = JSON.stringify({ ...first, params: { from: '2026-02-01', to: '2026-03-01' } })
    const execution = await order(cloud, second)
    expect(execution).toMatchObject({ status: 'FAILED', error: 'InvalidRequest' })
    expect(execution.cause).toContain(`The id “${first.id}” belongs to another request`)
  })
})

test('the same message twice is one execution and one mail', async () => {
  const body = givenRequest()
  await send(cloud, body)
  await send(cloud, body)
  expect(await order(cloud, givenRequest())).toMatchObject({ status: 'SUCCEEDED' })
  const { stateMachineArn } = { stateMachineArn: cloud.outputs.CarryoutStateMachineArn }
  const { executions } = await cloud.clients.sfn.send(new ListExecutionsCommand({ stateMachineArn }))
  expect(executions?.filter(({ name }) => name === body.id)).toHaveLength(1)
  await mailAbout(cloud, String(body.id), 'hanako@example.com')
  expect(
    cloud.outbox.list().filter(({ text, to }) => to === 'hanako@example.com' && text.includes(body.id as string)),
  ).toHaveLength(1)
})
