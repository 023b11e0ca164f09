import { SFNClient } from '@aws-sdk/client-sfn'
import { NoSuchExecution } from '../../client/errors.ts'
import { Executions } from '../../client/executions.ts'
import { type Asked, answering, Refusal } from '../support/answering.ts'

const PARTS = { queueUrl: '', stateMachineArn: 'arn:aws:states:us-east-1:0:stateMachine:Download', bucket: '' }
const ARN = 'arn:aws:states:us-east-1:0:execution:Download:orders-1'

/** @param answer what AWS says to everything except a list */
function given(answer: (asked: Asked) => object = () => ({}), names: string[] = []) {
  const asked: Asked[] = []
  const { options } = answering((one) => {
    asked.push(one)
    const { executionArn = '', maxResults, nextToken = '0' } = one.fields
    if (one.operation === 'ListExecutions') {
      if (maxResults > 1_000) throw new Refusal('ValidationException', 'At most 1000.', 'json')
      const to = Number(nextToken) + Math.min(maxResults, 4)
      const executions = names.slice(Number(nextToken), to).map((name) => ({ executionArn: `a:${name}`, name }))
      return { executions, ...(to < names.length && { nextToken: String(to) }) }
    }
    if (one.operation === 'DescribeExecution') {
      return { executionArn, name: executionArn.split(':').at(-1), status: 'RUNNING', startDate: 1, ...answer(one) }
    }
    return answer(one)
  })
  const executions = new Executions(new SFNClient(options), async () => PARTS)
  return { executions, asked, times: (name: string) => asked.filter((one) => one.operation === name) }
}

function refusing(name: string) {
  return given(() => {
    throw new Refusal(name, 'No.', 'json')
  }).executions
}

const names = Array.from({ length: 12 }, (_, index) => `orders-${index}`)

test.each([1, 4, 5, 7, 12, 20])('%i executions are listed, without more pages than they need', async (limit) => {
  const { executions, times } = given(undefined, names)
  const found = await executions.list({ status: undefined, limit })
  expect(found.map(({ id }) => id)).toEqual(names.slice(0, limit))
  expect(times('ListExecutions')).toHaveLength(Math.min(3, Math.ceil(limit / 4)))
  expect(times('DescribeExecution')).toHaveLength(Math.min(limit, 12))
  expect(times('ListExecutions')[0]!.fields).not.toHaveProperty('statusFilter')
})

test('the list is of one status if it is given, in pages of at most a thousand', async () => {
  const { executions, times } = given(undefined, ['orders-1'])
  expect(await executions.list({ status: 'FAILED', limit: 5_000 })).toHaveLength(1)
  expect(times('ListExecutions')[0]!.fields).toMatchObject({ statusFilter: 'FAILED', maxResults: 1_000 })
})

test('an execution is asked for by its ARN', async () => {
  const { executions, asked } = given()
  expect(await executions.status('orders-1')).toBe('RUNNING')
  await executions.events('orders-1', 0)
  expect(await executions.definition('orders-1')).toBe('{}')
  await executions.stop('orders-1', { error: 'Cancelled', cause: 'half \ud83d' })
  expect(await executions.redrive('orders-1', 2)).toBe(true)
  expect(asked.map(({ operation, fields }) => [operation, fields.executionArn])).toEqual(
    [
      ...['DescribeExecution', 'GetExecutionHistory', 'DescribeStateMachineForExecution'],
      ...['StopExecution', 'RedriveExecution'],
    ].map((operation) => [operation, ARN]),
  )
  expect(asked[3]!.fields).toMatchObject({ error: 'Cancelled', cause: 'half \ufffd' })
})

test('two calls that redrive the same run have one token of at most 64 characters, and another run another', async () => {
  const { executions, asked } = given()
  const id = 'x'.repeat(80)
  for (const count of [0, 0, 1]) await executions.redrive(id, count)
  const [first, second, other] = asked.map(({ fields }) => fields.clientToken as string)
  expect(first!.length).toBeLessThanOrEqual(64)
  expect(second).toBe(first)
  expect(other).not.toBe(first)
})

test.each(['ExecutionDoesNotExist', 'InvalidArn'])(
  'an execution for which %s is reported does not exist',
  async (name) => {
    const executions = refusing(name)
    expect(await executions.status('orders-1')).toBeUndefined()
    await expect(executions.get('orders-1')).rejects.toThrow(NoSuchExecution)
    await expect(executions.redrive('orders-1', 0)).rejects.toThrow(NoSuchExecution)
  },
)

test('an execution that AWS does not redrive is reported as such, and other errors are passed on', async () => {
  expect(await refusing('ExecutionNotRedrivable').redrive('orders-1', 0)).toBe(false)
  const denied = refusing('AccessDeniedException')
  for (const call of [denied.status('orders-1'), denied.get('orders-1'), denied.redrive('orders-1', 0)])
    await expect(call).rejects.toMatchObject({ name: 'AccessDeniedException' })
})
