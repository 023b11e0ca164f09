import { StackNotFound } from '../../client/errors.ts'
import { partsAmong } from '../../client/parts.ts'

const outputsOf = (...constructs: string[]) =>
  new Map(
    constructs.flatMap((id) => [
      [`${id}QueueUrl`, `queue of ${id}`],
      [`${id}StateMachineArn`, `machine of ${id}`],
      [`${id}BucketName`, `bucket of ${id}`],
      [`${id}DeadLetterQueueUrl`, `letters of ${id}`],
      [`${id}TableName`, `table of ${id}`],
    ]),
  )

test('a stack’s only Carryout is found whatever its id is, among other outputs', () => {
  const outputs = new Map([...outputsOf('Downloads'), ['BucketName', 'another'], ['OtherStateMachineArn', 'another']])
  expect(partsAmong(outputs, 'Shop')).toEqual({
    queueUrl: 'queue of Downloads',
    stateMachineArn: 'machine of Downloads',
    bucket: 'bucket of Downloads',
    deadLetterQueueUrl: 'letters of Downloads',
    tableName: 'table of Downloads',
  })
})

test('one of several must be selected', () => {
  const outputs = outputsOf('Reports', 'Archive')
  expect(partsAmong(outputs, 'Shop', 'Archive').bucket).toBe('bucket of Archive')
  expect(() => partsAmong(outputs, 'Shop')).toThrow(
    new StackNotFound('The stack “Shop” has several Carryouts: set construct to one of Reports, Archive.'),
  )
})

test.each([
  [new Map<string, string>(), undefined, 'The stack “Shop” has no Carryout among its outputs (it has none).'],
  [outputsOf('A'), 'B', 'The stack “Shop” has no Carryout “B” among its outputs (it has A).'],
])('a stack without it is refused', (outputs, construct, message) => {
  expect(() => partsAmong(outputs, 'Shop', construct)).toThrow(new StackNotFound(message))
})
