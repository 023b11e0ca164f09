import type { Transaction } from '../../../../engine/sources/data-api/transaction.ts'
import { warningsOf } from '../../../../engine/sources/data-api/warnings.ts'
import { QueryFailed } from '../../../../statemachine/errors.ts'
import { type Answer, never, number, text } from './fake-api.ts'

test('warnings are counted by their number, however it arrives', async () => {
  const listed = [
    [text('Warning'), number(1681), text('old')],
    [text('Note'), text('1003'), text('so')],
  ]
  expect(await read(listed, [[number(2)]])).toEqual([{ 1681: 1, 1003: 1 }, 2])
  expect((await read(listed, [[text('2')]]))[0]).toEqual({ 1681: 1, 1003: 1 })
})

test('without a warning, their number is not asked for', async () => {
  expect(await read([], [[number(2)]])).toEqual([{}, 1])
  expect(await read(undefined, [[number(2)]])).toEqual([{}, 1])
})

test('a loss, and warnings that the server does not list, fail', async () => {
  await expect(read([[text('Warning'), number(1265), text('cut')]], [[number(1)]])).rejects.toThrow(QueryFailed)
  await expect(read([[text('Note'), number(1003), text('so')]], [[number(65)]])).rejects.toThrow('65 times')
})

test('a server that does not say how many warnings there are lists them all', async () => {
  for (const total of [undefined, [], [[]]]) {
    expect((await read([[text('Note'), number(1003), text('so')]], total))[0]).toEqual({ 1003: 1 })
  }
})

/** @returns the counts, and how many statements were needed */
async function read(listed: Answer['records'], total: Answer['records']) {
  const asked: string[] = []
  const transaction = {
    execute: async ({ text: statement }: { text: string }) => {
      asked.push(statement)
      return { records: statement === 'SHOW WARNINGS' ? listed : total }
    },
  }
  return [await warningsOf(transaction as unknown as Transaction, never), asked.length]
}
