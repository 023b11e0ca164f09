import { jest } from '@jest/globals'
import type { EventBridgeEvent } from 'aws-lambda'
import { env } from '../../functions/common/environment.ts'
import type { MailFeedback } from '../../functions/note-feedback.ts'
import { METRICS } from '../../statemachine/metrics.ts'
import { type FakeAws, startFakeAws } from '../support/fake-aws.ts'

type Event = EventBridgeEvent<string, MailFeedback>

let aws: FakeAws
let note: (event: Event, context: object) => Promise<void>
let written: string[]
beforeAll(async () => {
  aws = await startFakeAws()
  process.env[env.TABLE] = 'downloads'
  note = (await import('../../functions/note-feedback.ts')).handler as unknown as typeof note
})
afterAll(() => aws.close())
beforeEach(() => {
  aws.calls = []
  written = []
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0)
})
afterEach(() => jest.restoreAllMocks())

test.each([
  ['ready', 'ready', 'Bounce', 'bounce'],
  ['failed-0', 'failed#0', 'Complaint', 'complaint'],
])('feedback about the mail %s is stored with the notice %s', async (tag, name, eventType, feedback) => {
  await note(eventOf(eventType, { 'carryout-id': ['orders-1'], 'carryout-notice': [tag] }), {})
  expect(aws.calls).toMatchObject([
    {
      action: 'UpdateItem',
      input: {
        Key: { pk: { S: 'download#orders-1' }, sk: { S: `notice#${name}` } },
        ExpressionAttributeValues: { ':feedback': { S: feedback }, ':feedbackAt': { S: '2026-11-30T06:00:00.000Z' } },
      },
    },
  ])
  expect(counted()).toEqual([1])
})

test.each<[string, Record<string, string[]> | undefined]>([
  ['any tag', undefined],
  ['the tag of the download', { 'carryout-notice': ['ready'] }],
  ['the tag of the notice', { 'carryout-id': ['orders-1'] }],
])('feedback about a mail without %s is only counted', async (_, tags) => {
  await note(eventOf('Bounce', tags), {})
  expect(aws.calls).toEqual([])
  expect(counted()).toEqual([1])
})

function eventOf(eventType: string, tags: Record<string, string[]> | undefined): Event {
  return { time: '2026-11-30T06:00:00Z', detail: { eventType, mail: { ...(tags && { tags }) } } } as Event
}

function counted(): unknown[] {
  return written.filter((line) => line.includes('"_aws"')).map((line) => JSON.parse(line)[METRICS.mailReturned])
}
