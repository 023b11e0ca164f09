import { isCarryoutError, NoSuchExecution, Paused } from '../../client/errors.ts'
import { QueryFailed } from '../../statemachine/errors.ts'

test('errors are recognized by name, also those of another copy of the package', () => {
  const ofCopy = Object.assign(new Error('No.'), { name: 'NoSuchExecution' })
  expect([new NoSuchExecution('a'), new QueryFailed('No.'), ofCopy].map(isCarryoutError)).toEqual([true, true, true])
  expect([new TypeError('No.'), { name: 'QueryFailed' }, null].map(isCarryoutError)).toEqual([false, false, false])
})

test('an execution that does not exist is named', () => {
  expect(new NoSuchExecution('orders-1')).toMatchObject({ id: 'orders-1', name: 'NoSuchExecution' })
})

test('a pause has its reason if it was given one', () => {
  const messageOf = (reason: string) => new Paused({ at: '2026-11-30', by: 'ops', reason }).message
  expect(messageOf('')).toBe('Downloads have been paused since 2026-11-30 by ops. Resume them first: carryout resume.')
  expect(messageOf('a repair')).toContain('by ops (a repair). Resume')
})
