import { NoSuchExecution } from '../../client/errors.ts'
import type { Execution } from '../../client/execution.ts'
import { SentRequests } from '../../client/sent.ts'

const sent = (id: string, exportName = 'orders') => {
  return { id, request: { id, export: exportName, params: {}, requestedBy: 'h@example.com' }, messageId: `m-${id}` }
}
/** Executions whose input is another request's. */
const others = { get: async (id: string) => ({ input: { id } }) as Execution }

test('a request’s execution has its id, unless another request’s has it', async () => {
  const own = new SentRequests({ get: async (id) => ({ input: sent(id).request }) as Execution })
  expect(await own.nameOf(sent('a'))).toBe('a')
  expect(await new SentRequests(others).nameOf(sent('a'))).toBe('m-a')
})

test('an id is an execution’s name, unless the request was sent from here', async () => {
  const requests = new SentRequests(others)
  requests.remember(sent('a'))
  requests.remember(sent('b'))
  expect(await Promise.all(['a', 'b', 'c'].map((id) => requests.nameOf(id)))).toEqual(['m-a', 'm-b', 'c'])
})

test('a request that waits is named by its id, and other errors are passed on', async () => {
  const failing = (error: Error) => new SentRequests({ get: () => Promise.reject(error) }).nameOf(sent('a'))
  expect(await failing(new NoSuchExecution('a'))).toBe('a')
  await expect(failing(new Error('Throttled'))).rejects.toThrow('Throttled')
})

test('of very many requests the first are forgotten', async () => {
  const requests = new SentRequests(others)
  for (let number = 1; number <= 3_000; number++) requests.remember(sent(String(number)))
  expect(await Promise.all(['1', '1500', '2500', '3000'].map((id) => requests.nameOf(id)))).toEqual([
    ...['1', '1500', 'm-2500', 'm-3000'],
  ])
})
