/** How the rows of one statement are read, and how reading ends, in a session whose server is the test. */
import { toCarryoutError } from '../../../../engine/sources/mysql/failure.ts'
import { toParameter } from '../../../../engine/sources/mysql/parameter.ts'
import { MysqlRows } from '../../../../engine/sources/mysql/rows.ts'
import type { RangeQuery } from '../../../../engine/sources/source.ts'
import { DatabaseUnavailable, QueryFailed } from '../../../../statemachine/errors.ts'
import { definition, eof, err, textRow } from '../fake-server.ts'
import { framed, givenSession, payloadsOf } from './packets.ts'

const EXECUTE = 'EXECUTE carryout'
const COUNT = 'SHOW COUNT(*) WARNINGS'
const LIST = 'SHOW WARNINGS'
const result = (names: string[], rows: string[][], warnings = 0) => [
  ...[Buffer.of(names.length), ...names.map(definition), eof()],
  ...[...rows.map(textRow), eof(warnings)],
]
const listOf = (...warnings: string[][]) => result(['Level', 'Code', 'Message'], warnings)
const OLD = ['Warning', '1681', 'old']
const CUT = ['Warning', '1265', "Data truncated for column 'a' at row 1"]
const INTERRUPTED = ['Error', '1317', 'Query execution was interrupted']

describe('rows', () => {
  it('are those of the prepared statement, which is sent with its variables', async () => {
    const sent = `${EXECUTE} USING @carryout_0`
    const { rows, statements } = given({ [sent]: result(['id'], [['1'], ['2']]) }, { values: [7] })
    await rows.start()
    expect(rows.timeZone).toBe('+09:00')
    expect(rows.columns.map(({ name, kind }) => [name, kind])).toEqual([['id', 'text']])
    expect(rows.columns[0]).not.toHaveProperty('isOfTable')
    expect(await payloads(rows)).toEqual([textRow(['1']), textRow(['2'])])
    expect(statements).toEqual([sent])
  })

  it('have the names and the FLOATs of the query before it was wrapped', async () => {
    const answer = { [EXECUTE]: result(['c0', 'c1'], []) }
    const { rows } = given(answer, { names: ['id', 'a'], floats: [false, true] })
    await rows.start()
    expect(rows.columns.map(({ name, precision }) => [name, precision])).toEqual([
      ['id', null],
      ['a', 4],
    ])
  })

  it.each<[string, boolean, object, boolean, string]>([
    ['an expression, by MySQL', false, {}, false, '0.00'],
    ['a table, by MySQL', false, {}, true, '0.00'],
    ['a table, by MySQL and wrapped for a key', false, { key: 'id' }, true, '0'],
    ['a table, by MySQL and wrapped for a FLOAT', false, { floats: [false] }, true, '0'],
    ['an expression, by MySQL and wrapped', false, { key: 'id' }, false, '0.00'],
    ['an expression, by MariaDB', true, {}, false, '0'],
  ])(
    'that are decimals have all digits unless the server writes them: %s',
    async (_, isMariaDb, query, ofTable, text) => {
      const packets = [Buffer.of(1), decimal(ofTable ? 'orders' : ''), eof(), textRow(['0']), eof()]
      const { rows } = given({ [EXECUTE]: packets }, { isMariaDb, ...query })
      await rows.start()
      expect(await payloads(rows)).toEqual([textRow([text])])
    },
  )

  it('that the server refuses are an error without the values', async () => {
    const answer = { [`${EXECUTE} USING @carryout_0`]: [err(1205, 'Lock wait timeout exceeded; secret')] }
    const { rows } = given(answer, { values: ['secret'] })
    const error = await rows.start().catch((reason) => reason)
    expect(error).toBeInstanceOf(DatabaseUnavailable)
    expect(error.message).not.toContain('secret')
  })

  it('that the server refuses are an error without what it read', async () => {
    const { rows } = given({ [EXECUTE]: [err(1305, 'FUNCTION shop.secret does not exist')] })
    const error = await rows.start().catch((reason) => reason)
    expect(error).toBeInstanceOf(QueryFailed)
    expect(error.message).not.toContain('secret')
  })
})

describe('the warnings', () => {
  it('are asked for after the last row if the server counted some, and added to those of the values', async () => {
    const { rows, statements } = given({ [EXECUTE]: result(['id'], [['1']], 2), [LIST]: listOf(OLD, OLD) })
    await rows.start()
    await payloads(rows)
    expect(rows.warnings).toEqual({ 1681: 2, 1003: 1 })
    expect(statements).toEqual([EXECUTE, LIST])
  })

  it('are not asked for if there are none, or once the rows are closed', async () => {
    const { rows, statements } = given({ [EXECUTE]: result(['id'], [['1']]) })
    await rows.start()
    await payloads(rows)
    const closed = given({ [EXECUTE]: result(['id'], [['1']], 1) })
    await closed.rows.start()
    const batches = closed.rows[Symbol.asyncIterator]()
    await batches.next()
    await closed.rows.close()
    expect(await batches.next()).toEqual({ done: true, value: undefined })
    expect([statements, closed.statements]).toEqual([[EXECUTE], [EXECUTE]])
  })

  it('may have no text, and are an error if they mean a loss', async () => {
    const untold = [Buffer.of(3), ...['Level', 'Code', 'Message'].map(definition), eof()]
    const withoutText = Buffer.concat([textRow(['Note', '1003']), Buffer.of(0xfb)])
    const known = given({ [EXECUTE]: result(['id'], [], 1), [LIST]: [...untold, withoutText, eof()] })
    await known.rows.start()
    await payloads(known.rows)
    expect(known.rows.warnings).toEqual({ 1003: 2 })
    const { rows } = given({ [EXECUTE]: result(['id'], [['1']], 1), [LIST]: listOf(CUT) })
    await rows.start()
    await expect(payloads(rows)).rejects.toThrow('warning 1265')
  })

  it('that the server refuses to list are an error', async () => {
    const { rows } = given({ [EXECUTE]: result(['id'], [['1']], 1), [LIST]: [err(1205, 'no')] })
    await rows.start()
    await expect(payloads(rows)).rejects.toThrow(DatabaseUnavailable)
  })
})

describe('closing', () => {
  it('leaves after the last row, once', async () => {
    const { rows, ends } = given({ [EXECUTE]: result(['id'], [['1']]) })
    await rows.start()
    await payloads(rows)
    await rows.close()
    await rows.close({ continued: true })
    expect(ends).toEqual(['leave', 'release'])
  })

  it('kills the query before the last row, unless another chunk continues', async () => {
    const { rows, ends } = given({ [EXECUTE]: result(['id'], [['1']]) })
    await rows.start()
    await rows.close()
    expect(ends).toEqual(['kill', 'release'])
  })

  it('releases what it holds even if it fails', async () => {
    const { rows, ends } = given({ [EXECUTE]: result(['id'], []) }, { fails: 'kill' })
    await rows.start()
    await expect(rows.close()).rejects.toThrow('kill fails')
    expect(ends).toEqual(['kill', 'release'])
  })

  it('for another chunk stops the query and reads the rest and its warnings', async () => {
    const { rows, ends, statements } = given({
      [EXECUTE]: [...result(['id'], [['1'], ['2']]).slice(0, -1), err(1317, 'interrupted')],
      [COUNT]: result(['count'], [['3']]),
      [LIST]: listOf(OLD, INTERRUPTED, OLD),
    })
    await rows.start()
    const timers = activeTimers()
    await rows.close({ continued: true })
    expect(activeTimers()).toBe(timers)
    expect(statements).toEqual([EXECUTE, COUNT, LIST])
    expect(ends).toEqual(['killQuery', 'leave', 'release'])
    expect(rows.warnings).toEqual({ 1681: 2, 1003: 1 })
  })

  it('for another chunk does not ask which warnings there are if there are none', async () => {
    for (const count of [[['0']], []]) {
      const { rows, ends, statements } = given({
        [EXECUTE]: result(['id'], [['1']]),
        [COUNT]: result(['count'], count),
      })
      await rows.start()
      await rows.close({ continued: true })
      expect(statements).toEqual([EXECUTE, COUNT])
      expect([ends, rows.warnings]).toEqual([['killQuery', 'leave', 'release'], { 1003: 1 }])
    }
  })

  it('for another chunk fails and kills the session if a value of the kept rows was lost', async () => {
    const lists: [string, string[][], RegExp][] = [
      ['2', [CUT, INTERRUPTED], /warning 1265/],
      ['65', [OLD, INTERRUPTED], /warned 64 times, but lists only 1/],
    ]
    for (const [count, warnings, message] of lists) {
      const { rows, ends } = given({
        [EXECUTE]: result(['id'], [['1']]),
        [COUNT]: result(['count'], [[count]]),
        [LIST]: listOf(...warnings),
      })
      await rows.start()
      await expect(rows.close({ continued: true })).rejects.toThrow(message)
      expect(ends).toEqual(['killQuery', 'kill', 'release'])
    }
  })

  it('for another chunk keeps the rows if the server cannot list its warnings, and says so', async () => {
    const { rows, ends } = given({ [EXECUTE]: result(['id'], [['1']]), [COUNT]: [err(1205, 'no')] })
    await rows.start()
    await rows.close({ continued: true })
    expect(ends).toEqual(['killQuery', 'kill', 'release'])
    expect(rows.warnings).toEqual({ 1003: 1, unread: 1 })
  })
})

interface Given extends Partial<Pick<RangeQuery, 'key' | 'names' | 'floats'>> {
  /** Of the statement. */
  values?: unknown[]
  isMariaDb?: boolean
  /** How an end of the session fails. */
  fails?: string
}

/** @param answers the packets that answer each statement */
function given(answers: Record<string, Buffer[]>, { values = [], isMariaDb = false, fails, ...query }: Given = {}) {
  const { session, send, socket } = givenSession()
  const statements: string[] = []
  const ends: string[] = []
  const end = (name: string) => async () => {
    ends.push(name)
    if (name === fails) throw new Error(`${name} fails`)
  }
  Object.assign(socket, {
    write(packet: Buffer) {
      expect([packet.readUIntLE(0, 3), packet[3], packet[4]]).toEqual([packet.length - 4, 0, 3])
      const statement = packet.toString('utf8', 5)
      statements.push(statement)
      send(Buffer.concat(answers[statement]!.map(framed)))
    },
  })
  Object.assign(session, {
    isMariaDb,
    ...{ leave: end('leave'), kill: end('kill'), killQuery: end('killQuery') },
    refusal: toCarryoutError,
  })
  const statement = { text: 'SELECT id', parameters: values.map(toParameter) }
  const options = { timeZone: '+09:00', warnings: { 1003: 1 }, release: () => void ends.push('release') }
  return { rows: new MysqlRows(session, { key: null, ...query, statement }, options), statements, ends }
}

/** Timers that keep the process alive. */
function activeTimers(): number {
  return process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length
}

async function payloads(rows: MysqlRows): Promise<Buffer[]> {
  const found: Buffer[] = []
  for await (const batch of rows) found.push(...payloadsOf(batch))
  return found
}

/** A DECIMAL(10, 2). @param table empty for an expression */
function decimal(table: string): Buffer {
  const packet = Buffer.from(definition('a'))
  const fixed = packet.length - 12
  packet.writeUInt32LE(12, fixed + 2)
  packet[fixed + 6] = 246
  packet[fixed + 9] = 2
  // The table is the fourth name, after `def` and two empty ones.
  return Buffer.concat([packet.subarray(0, 6), Buffer.of(table.length), Buffer.from(table), packet.subarray(7)])
}
