/** Behaviour of `start` while the database does not respond: no request fails, and all continue by themselves. */

import { type InvokeCommand, TooManyRequestsException } from '@aws-sdk/client-lambda'
import { jest } from '@jest/globals'
import type { Outages as OutagesClass } from '../../functions/common/outage.ts'
import { type Outage, type OutageEvent, outageUpdate } from '../../statemachine/outage.ts'
import type { TableUpdate } from '../../statemachine/table-update.ts'
import { openStartQueue, type StartQueue } from '../support/queue.ts'

let queue: StartQueue
let Outages: typeof OutagesClass
beforeAll(async () => {
  queue = await openStartQueue()
  // Once its logger is silent.
  ;({ Outages } = await import('../../functions/common/outage.ts'))
})
afterAll(() => queue?.close())

const outage: Outage = { since: new Date().toISOString(), id: 'orders-1', reason: 'ECONNREFUSED' }

async function givenOutage() {
  Object.assign(queue.functions, { database: 'down', asked: 0, told: [] })
  expect(await queue.table.update(outageUpdate('orders-1', 'ECONNREFUSED', Date.now()))).toBe(true)
}

/** Lets time pass, so that the database may be checked again. */
async function forgetQuestion() {
  const { outage: known } = await queue.table.holds()
  const key = { pk: { S: 'fact' }, sk: { S: 'outage' } }
  if (known) await queue.table.update({ Key: key, UpdateExpression: 'REMOVE askedAt' })
}

async function request(id: string) {
  await queue.carryout.request({ id, export: 'orders', params: {}, requestedBy: 'a@example.com' })
}

test('requests wait during an outage, one mail announces it and one its end, and then they start', async () => {
  await givenOutage()
  expect(await queue.table.update(outageUpdate('another', 'again', Date.now()))).toBe(false)
  await request('first')
  await queue.deliver()
  expect(queue.started).toEqual([])
  expect(await queue.carryout.outage()).toMatchObject({ id: 'orders-1', reason: 'DatabaseUnavailable: No.' })
  expect(await queue.carryout.forecast('first')).toEqual({ position: 0, startsAt: null, readyAt: null, held: 'outage' })
  // The database is not checked again at once, and the outage is not reported again.
  await queue.deliver()
  expect(queue.functions.asked).toBe(1)
  await forgetQuestion()
  await queue.deliver()
  expect(queue.functions.asked).toBe(2)
  expect(queue.functions.told).toMatchObject([{ endedAt: null, outage: { reason: 'DatabaseUnavailable: No.' } }])
  // A slot that is taken says nothing.
  await forgetQuestion()
  queue.functions.database = 'busy'
  await queue.deliver()
  expect(await queue.carryout.outage()).not.toBeNull()
  queue.functions.database = 'up'
  await queue.deliver()
  expect(queue.started).toEqual(['first'])
  expect(queue.functions.told.map(({ endedAt }) => endedAt === null)).toEqual([true, false])
  expect(await queue.carryout.outage()).toBeNull()
})

test('an outage’s own message keeps the database checked until it responds, even if nothing waits, and starts nothing', async () => {
  await givenOutage()
  const { length } = queue.started
  await queue.sendRaw({ outage: (await queue.carryout.outage())!.since })
  await queue.deliver()
  await forgetQuestion()
  await queue.deliver()
  expect(queue.functions.asked).toBe(2)
  expect(queue.functions.told).toMatchObject([{ endedAt: null }])
  // A request that has waited longer than an invocation of `start` is behind newer ones, but not lost.
  expect(await queue.carryout.waiting()).toMatchObject({ queued: 1 })
  await forgetQuestion()
  queue.functions.database = 'up'
  await queue.deliver()
  expect(queue.functions.told.map(({ endedAt }) => endedAt === null)).toEqual([true, false])
  expect(await queue.carryout.outage()).toBeNull()
  expect(await queue.carryout.waiting()).toMatchObject({ queued: 0 })
  expect(queue.started).toHaveLength(length)
})

test('an outage that ends before the next request is not announced', async () => {
  await givenOutage()
  queue.functions.database = 'up'
  await request('second')
  await queue.deliver()
  expect(queue.started).toEqual(['first', 'second'])
  expect(queue.functions.told).toEqual([])
})

test.each([false, true])(
  'wherever start is killed in an outage, the request starts once afterwards (call made: %s)',
  async (isMade) => {
    for (let call = 1; ; call++) {
      const id = `killed-${isMade}-${call}`
      await givenOutage()
      await request(id)
      const down = await queue.deliver({ call, isMade })
      queue.functions.database = 'up'
      await forgetQuestion()
      const up = await queue.deliver({ call, isMade })
      while (await queue.deliver()) await forgetQuestion()
      expect(queue.started.filter((each) => each === id)).toEqual([id])
      expect(await queue.carryout.outage()).toBeNull()
      if (!down?.wasKilled && !up?.wasKilled) return expect(call).toBeGreaterThan(8)
    }
  },
)

test('the longer the database does not respond, the less often it is checked', async () => {
  const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString()
  let asked = 0
  const send = async () => {
    asked++
    return { Payload: Buffer.from('{"ok":true,"millis":1}') }
  }
  const table = { update: async () => true, endOutage: async () => true }
  const outages = new Outages(table, { exportChunk: 'export-chunk', notify: 'notify' }, { send } as never)
  const isAsked = async (since: number, askedAt: number) => {
    const before = asked
    await outages.isOver({ ...outage, since: ago(since), askedAt: ago(askedAt) }, Date.now() + 1_000)
    return asked > before
  }
  expect([await isAsked(20, 9), await isAsked(20, 11)]).toEqual([false, true])
  expect([await isAsked(330, 29), await isAsked(330, 31)]).toEqual([false, true])
  expect([await isAsked(86_400, 59), await isAsked(86_400, 61)]).toEqual([false, true])
})

test('a check whose function fails says that the database does not respond, and why', async () => {
  const answer = { errorType: 'Runtime.ImportModuleError', errorMessage: 'Cannot find module.' }
  const told: OutageEvent[] = []
  const send = async ({ input }: InvokeCommand) => {
    if (input.FunctionName === 'export-chunk')
      return { FunctionError: 'Unhandled', Payload: Buffer.from(JSON.stringify(answer)) }
    told.push(JSON.parse(String(input.Payload)) as OutageEvent)
    return {}
  }
  const table = { update: async () => true, endOutage: async () => true }
  const outages = new Outages(table, { exportChunk: 'export-chunk', notify: 'notify' }, { send } as never)
  expect(await outages.isOver(outage, Date.now() + 1_000)).toBe(false)
  expect(told).toMatchObject([{ endedAt: null, outage: { reason: 'Runtime.ImportModuleError: Cannot find module.' } }])
})

test('nothing starts if another outage has begun while this one ended', async () => {
  const send = async () => ({ Payload: Buffer.from('{"ok":true,"millis":1}') })
  const table = { update: async () => true, endOutage: async () => false }
  const outages = new Outages(table, { exportChunk: 'export-chunk', notify: 'notify' }, { send } as never)
  expect(await outages.isOver(outage, Date.now() + 1_000)).toBe(false)
})

test.each([
  [
    'the database cannot be asked',
    Object.assign(new Error('No.'), { name: 'AccessDeniedException' }),
    /^Could not check whether the database is responding \(AccessDeniedException: No\.\)\. The last answer was: ECONNREFUSED$/,
  ],
  [
    'the slot stays taken',
    new TooManyRequestsException({ $metadata: {}, message: 'Rate Exceeded.' }),
    /^ECONNREFUSED$/,
  ],
])('while %s the operator is told once after five minutes', async (_why, error, reason) => {
  const told: OutageEvent[] = []
  const send = async ({ input }: InvokeCommand) => {
    if (input.FunctionName === 'export-chunk') throw error
    told.push(JSON.parse(String(input.Payload)) as OutageEvent)
    return {}
  }
  let known: Outage = { ...outage, since: new Date(Date.now() - 3_600_000).toISOString() }
  const update = async ({ ExpressionAttributeValues: values = {} }: TableUpdate) => {
    known = { ...known, toldAt: values[':toldAt']!.S!, reason: values[':reason']!.S! }
    return true
  }
  const table = { update, endOutage: async () => true }
  const outages = new Outages(table, { exportChunk: 'export-chunk', notify: 'notify' }, { send } as never)
  const begun = Date.now()
  const clock = jest.spyOn(Date, 'now')
  try {
    for (let seconds = 0; seconds < 900; seconds += 10) {
      clock.mockReturnValue(begun + seconds * 1000)
      expect(await outages.isOver(known, begun + 1_000_000)).toBe(false)
      expect(told).toHaveLength(seconds < 300 ? 0 : 1)
    }
  } finally {
    clock.mockRestore()
  }
  expect(told[0]).toMatchObject({ endedAt: null, outage: { id: 'orders-1', reason: expect.stringMatching(reason) } })
  expect(known.toldAt).toBe(new Date(begun + 300_000).toISOString())
})
