/** The order in which requests start: the rule of docs/fairness.md on a real table and queue. */
import { BatchWriteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Table } from '../../functions/common/table.ts'
import type { RoundFact } from '../../statemachine/waiting.ts'
import { enterRequest, placeOf, ROUND_KEY, waitingRequest } from '../../statemachine/waiting.ts'
import { openStartQueue, type StartQueue } from '../support/queue.ts'

let queue: StartQueue
let table: Table
const blocking = Promise.withResolvers<null>()
beforeAll(async () => {
  queue = await openStartQueue(async ({ id }) => (id === 'blocking' ? blocking.promise : null))
  table = queue.table
})
afterAll(() => queue?.close())

describe('among 1,000 requests of 20 requesters, one of whom sends half', () => {
  interface Sent {
    id: string
    whose: number
    /** How many rounds there are until its own, the one in service included. */
    rounds: number
    /** How many of each requester's had started when it came. */
    startedBefore: number[]
    ownWaiting: number
  }
  const started = Array.from({ length: 20 }, () => 0)
  const waiting = new Map<string, Sent>()
  const order: string[] = []
  const broken: string[] = []
  let positions: [number | null, number][]

  beforeAll(async () => {
    const random = randomOf(20_261_128)
    let sent = 0
    while (sent < 1_000 || waiting.size > 0) {
      if (sent < 1_000 && random() < 0.6) await send(sent++, random() < 0.5 ? 0 : 1 + Math.floor(random() * 19))
      else await startFirst()
      if (sent === 1_000 && positions === undefined) positions = await foretell()
    }
  }, 120_000)

  test('each starts once', () => {
    expect(order).toHaveLength(1_000)
    expect(new Set(order).size).toBe(1_000)
  })

  test('before each one, every other requester starts at most one per round', () => {
    expect(broken).toEqual([])
  })

  test('those of one requester start in the order of arrival', () => {
    for (let whose = 0; whose < 20; whose++) {
      const own = order.filter((id) => id.startsWith(`r${whose}-`)).map((id) => Number(id.split('-')[1]))
      expect(own).toEqual(own.toSorted((one, other) => one - other))
    }
  })

  test('the shown position is the number of requests that start before it', () => {
    expect(positions.length).toBeGreaterThan(20)
    expect(positions.map(([foretold]) => foretold)).toEqual(positions.map(([, actual]) => actual))
  })

  async function send(number: number, whose: number) {
    const id = `r${whose}-${number}`
    const body = JSON.stringify({ id, export: 'orders', requestedBy: `r${whose}@example.com` })
    const at = new Date(1_800_000_000_000 + number * 1_000).toISOString()
    const current = (await table.get<RoundFact>(ROUND_KEY))?.round ?? 0
    await enterRequest(table, waitingRequest(id, body, at))
    const { place = '' } = (await table.get<{ place: string }>({ pk: `download#${id}`, sk: 'entry' })) ?? {}
    const rounds = Number(place.split('#')[0]) - current + 1
    const ownWaiting = [...waiting.values()].filter((each) => each.whose === whose).length
    // A requester's rounds follow each other, from the one in service or the next.
    if (rounds > ownWaiting + 2) broken.push(`${id} waits for ${rounds} rounds after ${ownWaiting} of its own`)
    waiting.set(id, { id, whose, rounds, startedBefore: [...started], ownWaiting })
  }

  async function startFirst() {
    const first = await table.firstWaiting()
    if (!first) return expect(waiting.size).toBe(0)
    await table.removeWaiting(first, 1)
    const { whose, rounds, startedBefore } = waiting.get(first.name)!
    started.forEach((count, other) => {
      const before = count - startedBefore[other]!
      if (other !== whose && before > rounds) broken.push(`${first.name}: ${before} of ${other} in ${rounds} rounds`)
    })
    started[whose]!++
    waiting.delete(first.name)
    order.push(first.name)
  }

  /** Every tenth that waits when nothing more is sent, and how many do start before it. */
  async function foretell(): Promise<[number | null, number][]> {
    const ids = [...waiting.keys()].filter((_, index) => index % 10 === 0)
    const foretold = await Promise.all(ids.map((id) => queue.carryout.position(id)))
    const before = order.length
    while (waiting.size > 0) await startFirst()
    return ids.map((id, index) => [foretold[index]!, order.indexOf(id) - before])
  }
})

test('a lone requester’s requests start in the order of their messages, each by its own message', async () => {
  const ids = ['lone-1', 'lone-2', 'lone-3']
  for (const id of ids) await request(id, 'lone@example.com')
  const calls = []
  for (let ended = await queue.deliver(); ended; ended = await queue.deliver()) calls.push(ended.calls)
  expect(queue.started.filter((id) => ids.includes(id))).toEqual(ids)
  expect(calls).toHaveLength(3)
})

test('requests sent by hand also take turns with others, once their messages were received', async () => {
  const before = queue.started.length
  await queue.sendRaw(raw('blocking', 'nobody@example.com'))
  await queue.deliver()
  for (const id of ['one-1', 'one-2', 'one-3']) await queue.sendRaw(raw(id, 'one@example.com'))
  await queue.sendRaw(raw('two-1', 'two@example.com'))
  // Each is entered and goes after the others at once, since no slot is free.
  for (let seen = 0; seen < 4; seen++) await queue.deliver()
  blocking.resolve(null)
  while (await queue.deliver());
  expect(queue.started.slice(before)).toEqual(['blocking', 'one-1', 'two-1', 'one-2', 'one-3'])
})

test('a request whose message is a dead letter is started by other messages, and not again when its own is sent again', async () => {
  // The state of a dead letter: it has a place, but its message is not in the queue.
  await enterRequest(
    table,
    waitingRequest('dead', JSON.stringify(raw('dead', 'dead@example.com')), new Date().toISOString()),
  )
  await request('alive', 'alive@example.com')
  while (await queue.deliver());
  expect(queue.started.slice(-2)).toEqual(['dead', 'alive'])
  await queue.sendRaw(raw('dead', 'dead@example.com'))
  await queue.deliver()
  expect(queue.started.filter((id) => id === 'dead')).toHaveLength(1)
})

test('with the order lost, each message still starts its own request', async () => {
  const ids = ['lost-1', 'lost-2']
  for (const id of ids) await request(id, 'lost@example.com')
  for (let first = await table.firstWaiting(); first; first = await table.firstWaiting())
    await table.removeWaiting(first, 1)
  while (await queue.deliver());
  expect(queue.started.filter((id) => ids.includes(id))).toEqual(ids)
})

test('a start costs the same with 10,000 waiting as with 200', async () => {
  const measured = []
  for (const count of [200, 10_000]) {
    const { table: own, client } = await queue.openTable(`waiting-${count}`)
    await givenWaiting(client, `waiting-${count}`, count)
    measured.push({ own, times: [] as number[] })
  }
  // Both take turns, so that they are measured under the same load.
  for (let start = 0; start < 100; start++) {
    for (const { own, times } of measured) {
      const { user: begun } = process.threadCpuUsage()
      const first = await own.firstWaiting()
      await own.removeWaiting(first!, 1)
      times.push(process.threadCpuUsage().user - begun)
    }
  }
  const [small, large] = measured.map(({ times }) => times.toSorted((one, other) => one - other)[50]!)
  expect(large! / small!).toBeLessThan(1.2)
})

function raw(id: string, requestedBy: string) {
  return { id, export: 'orders', params: {}, requestedBy }
}

async function request(id: string, requestedBy: string) {
  await queue.carryout.request({ id, export: 'orders', params: {}, requestedBy })
}

async function givenWaiting(client: DynamoDBClient, TableName: string, count: number) {
  const arrivedAt = '2027-01-01T00:00:00.000Z'
  for (let at = 0; at < count; at += 25) {
    const requests = Array.from({ length: 25 }, (_, index) => {
      const name = `w-${at + index}`
      const place = placeOf(Math.floor((at + index) / 20), { arrivedAt, name })
      const fields = { pk: 'waiting', sk: place, name, input: '{}', turnOf: `${index}@example.com`, arrivedAt }
      return { PutRequest: { Item: Object.fromEntries(Object.entries(fields).map(([field, S]) => [field, { S }])) } }
    })
    await client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }))
  }
}

/** The same numbers in each run. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}
