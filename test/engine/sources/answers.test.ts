/** The reader understands, refuses or gives up whatever a server sends or fails to send: it never waits forever. */
import dns from 'node:dns'
import { type AddressInfo, createServer, connect as dial } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { sql } from '../../../engine/catalogue.ts'
import type { LivenessTimes } from '../../../engine/sources/mysql/liveness.ts'
import { mysqlSource } from '../../../engine/sources/mysql.ts'
import type { Rows } from '../../../engine/sources/source.ts'
import { CarryoutError, DatabaseUnavailable, QueryFailed } from '../../../statemachine/errors.ts'
import { type Answer, definition, eof, err, type FakeServer, rows, startFakeServer, textRow } from './fake-server.ts'

const QUICK: LivenessTimes = { quietMillis: 100, againMillis: 100, confirmMillis: 20 }
/** No session of the server works. */
const IDLE = { command: 'Sleep' } as const
const never = new AbortController().signal

let server: FakeServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

describe('a valid response is read', () => {
  it('row by row, however its packets arrive', async () => {
    const whole = Array.from({ length: 50 }, (_, index) => [String(index)])
    await given((answer) => rows(answer, ['id'], whole))
    expect(await read()).toBe(50)
  })

  it('without a row', async () => {
    await given((answer) => rows(answer, ['id'], []))
    expect(await read()).toBe(0)
  })

  it('with the number of warnings in its last packet', async () => {
    server = await startFakeServer((statement, answer) => {
      if (statement.startsWith('EXECUTE')) rows(answer, ['id'], [['1']], 2)
      else if (statement !== 'SHOW WARNINGS') return false
      else
        rows(
          answer,
          ['Level', 'Code', 'Message'],
          [
            ['Warning', '1287', 'old'],
            ['Note', '1292', "bad 'secret'"],
          ],
        )
    })
    const opened = await open()
    await drain(opened)
    await opened.close()
    expect(opened.warnings).toEqual({ 1287: 1, 1292: 1 })
  })

  it.each([
    ['1260', 'Row 3 was cut by GROUP_CONCAT()', /warning 1260: Row 3 was cut by GROUP_CONCAT\(\)/],
    ['1292', "Truncated incorrect DATE value: 'secret'", /warning 1292: Truncated incorrect DATE value: \(a value\)\)/],
    ['1264', "Out of range value for column 'amount' at row 7", /Out of range value for column 'amount' at row 7/],
    [
      '1366',
      "Incorrect integer value: 'secret' for column `s`.`t`.`c` at row 1",
      /\(a value\) for column `s`\.`t`\.`c` at row 1/,
    ],
    [
      '1366',
      "Incorrect integer value: 'x' for column 'secret' at row 1' for column 'c' at row 1",
      /\(a value\) for column 'c' at row 1/,
    ],
    ['1411', "Incorrect string value: ''secret'' for function unhex", /\(a value\) for function unhex/],
    ['1300', "Invalid utf8mb4 character string: 'secret", /Invalid utf8mb4 character string: \(a value\)/],
    // The warning comes from a function; some servers keep such warnings.
    ['1264', 'The secret is out of range', /warning 1264: its text is not shown/],
  ])('and a warning of a loss fails without its quoted value: %s %s', async (code, message, told) => {
    server = await startFakeServer((statement, answer) => {
      if (statement.startsWith('EXECUTE')) rows(answer, ['id'], [['1']], 1)
      else if (statement !== 'SHOW WARNINGS') return false
      else rows(answer, ['Level', 'Code', 'Message'], [['Warning', code, message]])
    })
    const failure = await read().catch((error) => error)
    expect(failure).toBeInstanceOf(QueryFailed)
    expect(failure.message).toMatch(told)
    expect(failure.message).not.toContain('secret')
  })

  it('but fails if more warnings are counted than listed', async () => {
    server = await startFakeServer((statement, answer) => {
      if (statement.startsWith('EXECUTE')) rows(answer, ['id'], [['1']], 65)
      else if (statement !== 'SHOW WARNINGS') return false
      else rows(answer, ['Level', 'Code', 'Message'], [['Warning', '1287', 'old']])
    })
    await expect(read()).rejects.toThrow(/warned 65 times, but lists only 1/)
  })
})

describe('a response that no export can have is refused', () => {
  it.each<[string, (answer: Answer) => void, RegExp]>([
    ['several results', several, /several results/],
    ['no rows', ({ send }) => send(Buffer.of(0, 0, 0, 2, 0, 0, 0)), /returns no rows/],
    ['an error', ({ send }) => send(err(1146, 'no such table')), /error 1146/],
    ['a request for a local file', ({ send }) => send(Buffer.from('\xfb/etc/passwd', 'latin1')), /is malformed/],
    ['an error among the rows', errorAmongRows, /error 1317/],
    ['the end before all columns', ({ send }) => [Buffer.of(2), definition('id'), eof()].forEach(send), /definition/],
    ['half a definition', ({ send }) => [Buffer.of(1), Buffer.from('\x03def')].forEach(send), /definition/],
    ['rows in place of the end of the columns', withoutEnd, /no end of the columns/],
    ['something behind the end', behindTheEnd, /after the last row/],
    ['an empty packet', ({ send }) => send(Buffer.alloc(0)), /no result/],
    ['an error without a number', ({ send }) => send(Buffer.of(0xff)), /error without a number/],
  ])('%s', async (_, answer, message) => {
    await given(answer)
    await expect(read()).rejects.toThrow(message)
  })
})

describe('a server that stops responding', () => {
  it.each<[string, (answer: Answer) => void]>([
    ['before the first packet', () => {}],
    ['among the columns', ({ send }) => [Buffer.of(3), definition('id')].forEach(send)],
    ['before the first row', ({ send }) => [Buffer.of(1), definition('id'), eof()].forEach(send)],
    ['among the rows', ({ send }) => [Buffer.of(1), definition('id'), eof(), textRow(['1'])].forEach(send)],
    ['within a packet', ({ socket }) => socket.write(Buffer.of(200, 0, 0, 1, 1, 2, 3))],
    ['within a packet of 16 MiB', ({ socket }) => socket.write(Buffer.of(0xff, 0xff, 0xff, 1, 1, 2, 3))],
  ])('is given up once it no longer works on the query: %s', async (_, answer) => {
    server = await startFakeServer((statement, to) => {
      if (!statement.startsWith('EXECUTE')) return false
      answer(to)
    }, IDLE)
    const failure = await read().catch((error) => error)
    expect(failure).toBeInstanceOf(DatabaseUnavailable)
    expect(failure.message).toMatch(/stopped responding, and no longer works on the query/)
    await server.emptied()
  })

  it('is given up when nobody answers a second connection', async () => {
    server = await startFakeServer((statement) => {
      if (!statement.startsWith('EXECUTE')) return false
      void server?.refuse()
    })
    await expect(read()).rejects.toThrow(/does not answer a second connection either/)
  })

  it('is waited for while it works, look after look', async () => {
    let looks = 0
    let waiting: Answer | undefined
    server = await startFakeServer((statement, answer) => {
      if (statement.startsWith('EXECUTE')) waiting = answer
      else if (statement === 'SHOW PROCESSLIST' && ++looks === 3) rows(waiting!, ['id'], [['1']])
      return statement.startsWith('EXECUTE') ? undefined : false
    })
    expect(await read()).toBe(1)
  })

  it.each(['SET NAMES', 'START TRANSACTION', 'PREPARE'])('is given up in the set-up, too: %s', async (silent) => {
    server = await startFakeServer((statement) => (statement.startsWith(silent) ? undefined : false), IDLE)
    await expect(read()).rejects.toThrow(DatabaseUnavailable)
  })
})

describe('two servers', () => {
  const silent = (statement: string) => (statement.startsWith('EXECUTE') ? undefined : (false as const))
  const killsOf = ({ statements }: FakeServer) => statements.filter((statement) => statement.startsWith('KILL')).length
  const runsOf = ({ statements }: FakeServer) =>
    statements.filter((statement) => statement.startsWith('EXECUTE')).length

  async function abortOneAt(host: string, port: number, servers: FakeServer[]): Promise<void> {
    const before = servers.map(runsOf)
    const stop = new AbortController()
    const opening = open({ host, port }, stop.signal)
    opening.catch(() => {})
    while (servers.every((each, index) => runsOf(each) === before[index])) await sleep(5)
    stop.abort(new Error('stopped'))
    await expect(opening).rejects.toThrow('stopped')
    for (const each of servers) expect(killsOf(each)).toBe(runsOf(each))
  }

  it('with one name: KILL goes to the one that runs the query', async () => {
    const first = await startFakeServer(silent, { name: 'first' })
    const second = await startFakeServer(silent, { host: '127.0.0.2', port: first.port, name: 'second' })
    const { lookup } = dns
    let looked = 0
    dns.lookup = ((_name: string, options: { all?: boolean }, callback: (...args: unknown[]) => void) => {
      const address = looked++ % 2 === 0 ? '127.0.0.1' : '127.0.0.2'
      callback(null, options.all ? [{ address, family: 4 }] : address, 4)
    }) as typeof dns.lookup
    try {
      for (let run = 0; run < 3; run++) await abortOneAt('reader.example', first.port, [first, second])
      expect(looked).toBe(3)
    } finally {
      dns.lookup = lookup
      await Promise.all([first.close(), second.close()])
    }
  })

  it('with one address: connections are tried until one reaches the server that runs the query', async () => {
    const servers = [
      await startFakeServer(silent, { name: 'first' }),
      await startFakeServer(silent, { name: 'second' }),
    ]
    let accepted = 0
    const balancer = createServer((client) => {
      const upstream = dial(servers[accepted++ % 2]!.port, '127.0.0.1')
      client.pipe(upstream).pipe(client)
      client.on('error', () => upstream.destroy()).on('close', () => upstream.destroy())
      upstream.on('error', () => client.destroy()).on('close', () => client.destroy())
    })
    await new Promise<void>((resolve) => balancer.listen(0, '127.0.0.1', resolve))
    try {
      await abortOneAt('127.0.0.1', (balancer.address() as AddressInfo).port, servers)
      await abortOneAt('127.0.0.1', (balancer.address() as AddressInfo).port, servers)
    } finally {
      balancer.close()
      await Promise.all(servers.map((each) => each.close()))
    }
  })
})

test('no sequence of packets makes the reader hang, crash or return invalid rows', async () => {
  const packet = fc.oneof(
    fc.constant(eof()),
    fc.constant(eof(0, 8)),
    fc.constant(err(1105, 'x')),
    fc.constant(definition('id')),
    fc.constant(textRow(['1'])),
    fc.constant(Buffer.of(1)),
    fc.constant(Buffer.of(0, 0, 0, 2, 0, 0, 0)),
    fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
  )
  let answer: Buffer[] = []
  let ends = false
  server = await startFakeServer((statement, to) => {
    if (!statement.startsWith('EXECUTE')) return false
    for (const each of answer) to.send(each)
    if (ends) to.socket.end()
  }, IDLE)
  await fc.assert(
    fc.asyncProperty(fc.array(packet, { maxLength: 8 }), fc.boolean(), fc.boolean(), async (packets, proper, close) => {
      answer = proper ? [Buffer.of(1), definition('id'), eof(), ...packets] : packets
      ends = close
      const outcome = await read().catch((error) => error)
      if (typeof outcome !== 'number') expect(outcome).toBeInstanceOf(CarryoutError)
    }),
    { numRuns: 60 },
  )
})

async function given(answer: (answer: Answer) => void): Promise<void> {
  server = await startFakeServer((statement, to) => {
    if (!statement.startsWith('EXECUTE')) return false
    answer(to)
  }, IDLE)
}

function open(at = { host: '127.0.0.1', port: server?.port ?? 0 }, signal = never): Promise<Rows> {
  const address = { ...at, user: 'u', password: 'p', database: 'd', tls: 'off' as const }
  return mysqlSource({ ...address, liveness: QUICK }).open(
    { query: sql`SELECT id FROM t`, key: null, after: null, upTo: null, timeZone: null },
    signal,
  )
}

/** How many rows came. */
async function read(): Promise<number> {
  const opened = await open()
  try {
    return await drain(opened)
  } finally {
    await opened.close()
  }
}

async function drain(opened: Rows): Promise<number> {
  let count = 0
  for await (const batch of opened) count += batch.rows
  return count
}

function several(answer: Answer): void {
  for (const each of [Buffer.of(1), definition('id'), eof(), textRow(['1']), eof(0, 8)]) answer.send(each)
  rows(answer, ['id'], [['2']])
}

function errorAmongRows({ send }: Answer): void {
  for (const each of [Buffer.of(1), definition('id'), eof(), textRow(['1']), err(1317, 'interrupted')]) send(each)
}

function withoutEnd({ send }: Answer): void {
  for (const each of [Buffer.of(1), definition('id'), textRow(['1']), eof()]) send(each)
}

function behindTheEnd({ send, socket }: Answer): void {
  socket.cork()
  for (const each of [Buffer.of(1), definition('id'), eof(), eof(), textRow(['1'])]) send(each)
  socket.uncork()
}
