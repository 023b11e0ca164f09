/** How the keys of an export are read on a direct connection, in a session whose server is the test. */
import { sql } from '../../../../engine/catalogue.ts'
import { MysqlKeySpace } from '../../../../engine/sources/mysql/key-space.ts'
import type { Session } from '../../../../engine/sources/mysql/session.ts'
import { KeyNotUnique } from '../../../../statemachine/errors.ts'

const FIELD = { name: 'id', decimals: 0, characterSet: 63, flags: 1, columnLength: 10 }
const INT = { ...FIELD, columnType: 3 }
const ALL = { after: null, upTo: null }

test('keys are the server’s texts, and bytes in Base64', async () => {
  const { space, prepared } = given(INT, ['1', '2'])
  expect(await space.keys({ ...ALL, upTo: { type: 'integer', value: '9' } }, 5, 'first')).toEqual([
    { type: 'integer', value: '1' },
    { type: 'integer', value: '2' },
  ])
  expect(prepared.join()).toMatch(/<= CAST\(\? AS SIGNED\) ORDER BY carryout\.`id` LIMIT 5/)
  const { space: ofBytes } = given({ ...FIELD, columnType: 253 }, [Buffer.of(255, 0)])
  expect(await ofBytes.keys(ALL, 5, 'last')).toEqual([{ type: 'binary', value: '/wA=' }])
})

test('keys need a type that has an order', async () => {
  const { space } = given({ ...FIELD, columnType: 5 }, ['1'])
  await expect(space.keys(ALL, 5, 'first')).rejects.toThrow(KeyNotUnique)
})

test('the estimate is the optimizer’s, within the bounds', async () => {
  const { space, prepared } = given(INT, [])
  expect(await space.estimate({ ...ALL, after: { type: 'integer', value: '7' } })).toBe(12)
  expect(prepared.join()).toMatch(/^EXPLAIN .* > CAST\(\? AS SIGNED\)/s)
})

test('closing ends the session', async () => {
  const { space, ends } = given(INT, [])
  await space.close()
  expect(ends()).toBe(1)
})

function given(field: typeof INT, keys: (string | Buffer)[]) {
  const prepared: unknown[] = []
  let ended = 0
  const session = {
    async bind(_: string, parameters: { value: unknown }[]) {
      prepared.push(parameters[0]!.value)
      return 0
    },
    run: async (statement: string) => (statement.startsWith('EXECUTE') ? [{ rows: 12 }] : []),
    async texts(statement: string) {
      expect(statement).toMatch(/^EXECUTE/)
      expect(prepared).toHaveLength(1)
      return { fields: [field], rows: keys.map((key) => [Buffer.from(key as string)]) }
    },
  }
  const query = { query: sql`SELECT id FROM orders`, key: 'id', timeZone: null }
  const space = new MysqlKeySpace(session as unknown as Session, query, async () => void ended++)
  return { space, prepared, ends: () => ended }
}
