/** AWS calls of a page, whose number must not grow with the downloads, and its content while Step Functions lags. */
import { setTimeout as sleep } from 'node:timers/promises'
import { RedriveExecutionCommand, StartExecutionCommand } from '@aws-sdk/client-sfn'
import { createOperator } from '../../client/operator.ts'
import { type Console, createConsole } from '../../console/console.ts'
import { bulkKey } from '../../statemachine/bulk-replay.ts'
import type { DownloadEntry } from '../../statemachine/table.ts'
import { entryUpdate, factUpdate } from '../../statemachine/table-update.ts'
import { enterRequest, waitingRequest } from '../../statemachine/waiting.ts'
import { openStartQueue, type StartQueue } from '../support/queue.ts'

const DAY_MILLIS = 24 * 60 * 60 * 1000
/** The fewer fill each page, too. */
const [FEW, MANY] = [300, 1_200]

const ORIGIN = 'http://127.0.0.1'

/** Of what Step Functions tells. */
const LAG_MILLIS = 1_500

let queue: StartQueue
let site: Console
beforeAll(async () => {
  queue = await openStartQueue(work, { lagMillis: LAG_MILLIS })
  site = createConsole({ carryout: createOperator(queue.parts, queue.options) })
})
afterAll(() => queue.close())

test('a page makes as many calls for 1,200 downloads as for 300', async () => {
  await fill(0, FEW)
  const [, key] = /failures\/([0-9a-f]{16})/.exec(await read('/failures'))!
  const pages = [
    '/',
    '/?state=failed',
    '/?requester=user1@example.com',
    '/?export=orders',
    '/?error=QueryFailed',
    '/failures',
    `/failures/${key}`,
    `/failures/${key}/replay`,
    '/queue',
    '/replays',
    '/executions/waiting-0',
  ]
  const few = await callsOf(pages)
  await fill(FEW, MANY)
  expect(await callsOf(pages)).toEqual(few)
  expect(Math.max(...Object.values(few))).toBeLessThan(20)
})

test('a filter without matches reads everything in few calls', async () => {
  const calls = await queue.countCalls(() => read('/?error=NeverSeen'))
  expect(calls).toBeLessThan(10)
})

test('an execution that is not visible yet is not reported as unknown', async () => {
  const name = 'just-started'
  const at = new Date().toISOString()
  const fields = { id: name, state: 'running', at, requestedAt: at, startedAt: at, redriveCount: 0 } as const
  await queue.table.update(entryUpdate({ ...fields, export: 'orders' }))
  const { stateMachineArn } = queue.parts
  await queue.cloud.client.send(
    new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify({ id: name }) }),
  )
  const page = await read(`/executions/${name}`)
  expect(page).toContain('<span class="tag running">Running</span>')
  expect(page).not.toContain('Timeline')
  while (!(await read(`/executions/${name}`)).includes('Timeline')) await sleep(100)
})

test.each([
  { id: 'never-started', state: 'failed', error: 'NotStarted', reason: 'No function could read it.' },
  { id: 'cancelled-early', state: 'cancelled' },
] as const)('a request that never had an execution shows its entry in the table: $id', async (known) => {
  const at = new Date().toISOString()
  const entry = { at, requestedAt: at, redriveCount: 0, export: 'orders', requestedBy: 'user@example.com', ...known }
  await queue.table.update(entryUpdate(entry))
  const page = await read(`/executions/${known.id}`)
  expect(page).toContain(`<span class="tag ${known.state}">`)
  expect(page).toContain('user@example.com')
  if ('reason' in known) expect(page).toContain(known.reason)
  const unknown = await site.fetch(new Request(`${ORIGIN}/executions/nobodys`))
  expect(unknown.status).toBe(404)
})

test('two operators who replay one failure at once redrive it once', async () => {
  const name = 'fails-once'
  await startAndFail(name)
  const [one, other] = [0, 1].map(() => createOperator(queue.parts, queue.options))
  const replays = [await one!.replay(name), await other!.replay(name)]
  expect(replays).toEqual([0, 1].map(() => ({ id: name, redriven: true, redriveCount: 1 })))
  expect(await queue.deliver()).toBeUndefined()
  expect(queue.started.filter((id) => id === name)).toHaveLength(2)
})

test('a replay of an execution that was just redriven by other means is refused, and requests nothing', async () => {
  const name = 'fails-twice'
  const executionArn = await startAndFail(name)
  await queue.cloud.client.send(new RedriveExecutionCommand({ executionArn }))
  await expect(createOperator(queue.parts, queue.options).replay(name)).rejects.toThrow(
    'The execution “fails-twice” has just been replayed by somebody else.',
  )
  expect(await queue.deliver()).toBeUndefined()
})

test.each(['replay', 'edit'])(
  'a form that sends a request (%s) sends one when its button is pressed twice',
  async (action) => {
    const name = `over-${action}`
    const request = { id: name, export: 'orders', params: {}, requestedBy: 'user@example.com' }
    const executionArn = await queue.cloud.start(queue.parts.stateMachineArn, request, name)
    await queue.cloud.ended(executionArn)
    const page = await read(`/executions/${name}/${action}`)
    const [, id = ''] = /name="id" value="([^"]+)"/.exec(page)!
    const fields = { id, export: 'orders', params: '{"from":"2026-01-01"}', requestedBy: 'user@example.com', why: '' }
    const { queued } = await queue.carryout.waiting()
    const twice = [0, 1].map(() => post(`/executions/${name}/${action}`, fields))
    for (const response of await Promise.all(twice)) {
      expect(response.headers.get('location')).toMatch(new RegExp(`^/executions/${id}\\?`))
    }
    expect((await queue.carryout.waiting()).queued).toBe(queued + 1)
  },
)

test('a bulk replay with the name of another one is refused and keeps the typed text; a double click starts one', async () => {
  const [, one, other] = /failures\/([0-9a-f]{16})\/replay.*?failures\/([0-9a-f]{16})\/replay/s.exec(
    await read('/failures'),
  )!
  const fields = async (key: string) => {
    const [, until = ''] = /name="until" value="([^"]+)"/.exec(await read(`/failures/${key}/replay`))!
    return { name: 'once', why: 'repaired', until }
  }
  const pressed = await fields(one!)
  for (const _ of [0, 1]) {
    const response = await post(`/failures/${one}/replay`, pressed)
    expect(response.headers.get('location')).toBe('/replays/once?done=replayed')
  }
  const refused = await post(`/failures/${other}/replay`, await fields(other!))
  expect(refused.status).toBe(400)
  const text = await refused.text()
  expect(text).toContain('A bulk replay “once” already exists')
  expect(text).toContain('name="why" maxlength="200" value="repaired"')
  const inJapanese = await post(`/failures/${other}/replay`, await fields(other!), 'ja')
  expect(await inJapanese.text()).toContain('「once」という一括リプレイはすでにあります')
})

test('a bulk replay that is still being sent is not resumed for another group', async () => {
  const operator = createOperator(queue.parts, queue.options)
  const at = new Date().toISOString()
  const fact = { name: 'cut', by: 'ops', why: '', at, count: 1, group: 'one', until: at }
  await queue.table.update(factUpdate(bulkKey('cut'), fact, Date.now()))
  const asked = { name: 'cut', by: 'ops', why: '', until: at }
  await expect(operator.replayAll({ ...asked, group: 'other' })).rejects.toThrow('already')
  expect(await operator.replayAll({ ...asked, group: 'one' })).toMatchObject({ group: 'one', until: at })
})

function post(path: string, fields: Record<string, string>, language = 'en'): Response | Promise<Response> {
  const body = new URLSearchParams(fields)
  return site.fetch(
    new Request(`${ORIGIN}${path}`, { method: 'POST', body, headers: { origin: ORIGIN, 'accept-language': language } }),
  )
}

/** The first run fails, and the redrive runs for longer than Step Functions hides it. */
async function work({ id }: { id: string }): Promise<null> {
  if (!id.startsWith('fails-')) return null
  if (queue.started.filter((each) => each === id).length === 1) throw new Error('The first run fails.')
  await sleep(2 * LAG_MILLIS, undefined, { ref: false })
  return null
}

async function startAndFail(name: string): Promise<string> {
  const request = { id: name, export: 'orders', params: {}, requestedBy: 'user@example.com' }
  const executionArn = await queue.cloud.start(queue.parts.stateMachineArn, request, name)
  await queue.cloud.ended(executionArn)
  return executionArn
}

async function callsOf(pages: string[]): Promise<Record<string, number>> {
  const calls: Record<string, number> = {}
  for (const page of pages) calls[page] = await queue.countCalls(() => read(page))
  return calls
}

async function read(path: string): Promise<string> {
  const response = await site.fetch(new Request(`${ORIGIN}${path}`))
  const text = await response.text()
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text.slice(0, 300)}`)
  return text
}

/** Half of them failed, for three causes; a tenth waits. */
async function fill(from: number, to: number) {
  for (let index = from; index < to; index++) {
    const at = new Date(Date.now() - DAY_MILLIS + index * 1_000).toISOString()
    const requestedBy = `user${index % 3}@example.com`
    if (index % 10 === 0) {
      const input = JSON.stringify({ id: `waiting-${index}`, export: 'orders', requestedBy })
      await enterRequest(queue.table, waitingRequest(`waiting-${index}`, input, at))
      continue
    }
    const isFailed = index % 2 === 0
    const error = ['QueryFailed', 'KeyNotUnique', 'DatabaseUnavailable'][index % 3]!
    const entry: DownloadEntry = {
      ...{ id: `download-${index}`, at, requestedAt: at, startedAt: at, endedAt: at, redriveCount: 0 },
      ...{ state: isFailed ? 'failed' : 'ready', export: index % 4 === 0 ? 'customers' : 'orders' },
      ...{ requestedBy, requester: requestedBy },
      ...(isFailed ? { error, reason: `Row ${index} is wrong` } : { rows: 1_000, bytes: 60_000 }),
    }
    await queue.table.update(entryUpdate(entry))
  }
}
