import { DatabaseSync } from 'node:sqlite'
import { transaction } from '../src/transaction.ts'

test('a transaction that fails halfway leaves nothing, and one that succeeds is kept completely', () => {
  const store = new DatabaseSync(':memory:')
  store.exec('CREATE TABLE steps (name TEXT)')
  const enter = (name: string) => store.prepare('INSERT INTO steps VALUES (?)').run(name)
  expect(() =>
    transaction(store, () => {
      enter('half')
      throw new Error('killed')
    }),
  ).toThrow('killed')
  transaction(store, () => {
    enter('one')
    enter('two')
  })
  expect(store.prepare('SELECT name FROM steps').all()).toEqual([{ name: 'one' }, { name: 'two' }])
  store.close()
})
