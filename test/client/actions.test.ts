/** People's actions in the table, which is only an index. */
import { ActionLog } from '../../client/actions.ts'
import type { DownloadTable } from '../../client/table.ts'
import type { Action } from '../../statemachine/table.ts'

const WHO = { by: 'ops', reason: 'wrong month' }

/** A log whose table keeps what it is told. */
function givenLog(failure?: Error) {
  const told: unknown[][] = []
  const tell =
    (name: string) =>
    async (...args: unknown[]) => {
      if (failure) throw failure
      told.push([name, ...args])
    }
  const table = {
    ...{ addAction: tell('addAction'), addLineage: tell('addLineage'), leaveLine: tell('leaveLine') },
    actions: async (pk: string, limit: number) => [{ by: `${limit} of ${pk}` } as Action],
  }
  return { log: new ActionLog(async () => table as unknown as DownloadTable), told }
}

test('an action has its time, who did it and why', async () => {
  const { log, told } = givenLog()
  await log.note('download#orders-1', 'stop', WHO)
  await log.note('queue', 'dropDeadLetter', { by: 'ops', reason: '' }, 'message-1')
  const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  expect(told).toEqual([
    ['addAction', 'download#orders-1', { at, ...WHO, action: 'stop' }],
    ['addAction', 'queue', { at, by: 'ops', reason: '', action: 'dropDeadLetter', other: 'message-1' }],
  ])
  expect(told[0]![2]).not.toHaveProperty('other')
})

test('a long reason is cut after 500 characters, and never within one', async () => {
  const { log, told } = givenLog()
  for (const reason of ['x'.repeat(500), `${'x'.repeat(500)}y`, `${'x'.repeat(499)}😀`])
    await log.note('queue', 'pause', { by: 'ops', reason })
  expect(told.map(([, , action]) => (action as Action).reason)).toEqual([
    ...['x'.repeat(500), 'x'.repeat(500), `${'x'.repeat(499)}\uFFFD`],
  ])
})

test('the newest twenty are listed', async () => {
  expect(await givenLog().log.list('queue')).toEqual([{ by: '20 of queue' }])
})

test('a replay is noted on both downloads, and a dropped message leaves the line under its execution’s name', async () => {
  const { log, told } = givenLog()
  await log.join('orders-1', 'orders-2')
  await log.leaveLine({ messageId: 'message-1', body: '{"id":"orders-1"}' } as never)
  expect(told).toEqual([
    ['addLineage', 'orders-1', 'orders-2'],
    ['leaveLine', expect.any(String), '{"id":"orders-1"}'],
  ])
})

test('an action is done although it cannot be recorded', async () => {
  const { log } = givenLog(new Error('Throttled'))
  await log.note('queue', 'pause', WHO)
  await log.join('orders-1', 'orders-2')
  await log.leaveLine({ messageId: 'message-1', body: '{}' } as never)
  const missing = new ActionLog(() => Promise.reject(new Error('StackNotFound')))
  await missing.note('queue', 'pause', WHO)
})

test('without a table nothing is recorded or listed', async () => {
  const log = new ActionLog(async () => undefined)
  await log.note('queue', 'pause', WHO)
  expect(await log.list('queue')).toEqual([])
})
