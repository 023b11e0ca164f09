/** How a statement with values is prepared and run, in a session whose server is the test. */
import { toParameter } from '../../../../engine/sources/mysql/parameter.ts'
import { execute, prepare } from '../../../../engine/sources/mysql/prepared.ts'
import type { Session } from '../../../../engine/sources/mysql/session.ts'
import { QueryFailed } from '../../../../statemachine/errors.ts'

const STATEMENT = { text: 'SELECT ?, ?', parameters: ['secret', 7].map(toParameter) }
const VALUES = ['secret', '7']

test('a statement is prepared with its values in variables, and run with them', async () => {
  const { session, calls } = given(0)
  expect(await prepare(session, STATEMENT)).toEqual({})
  await execute(session, STATEMENT)
  expect(calls).toEqual([
    [
      'SET @carryout = ?, @carryout_0 = ?, @carryout_1 = CAST(? AS SIGNED)',
      [{ value: STATEMENT.text }, ...STATEMENT.parameters],
    ],
    ['PREPARE carryout FROM @carryout', VALUES],
    // It may read rows, which no error may quote.
    ['EXECUTE carryout USING @carryout_0, @carryout_1', VALUES, { isRunning: true }],
  ])
})

test('a warning about the values is counted, and a loss fails', async () => {
  expect(await prepare(given(1, 1003).session, STATEMENT)).toEqual({ 1003: 1 })
  await expect(prepare(given(1, 1265).session, STATEMENT)).rejects.toThrow(QueryFailed)
})

/** @param warned how often the server warned of the values */
function given(warned: number, code = 0) {
  const calls: unknown[][] = []
  const call = async (...parameters: unknown[]) => void calls.push(parameters)
  const session = {
    bind: async (...parameters: unknown[]) => {
      await call(...parameters)
      return warned
    },
    run: call,
    warnings: async () => [{ level: 'Warning', code, message: 'no' }],
  }
  return { session: session as unknown as Session, calls }
}
