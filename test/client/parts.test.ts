import { StackNotFound } from '../../client/errors.ts'
import { findParts, partsAmong } from '../../client/parts.ts'
import { answering, Refusal } from '../support/answering.ts'

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

describe('the parts', () => {
  const parts = { queueUrl: 'queue', stateMachineArn: 'machine', bucket: 'bucket' }

  test('that are given are not looked up', async () => {
    const { options } = answering(() => {
      throw new Error('nobody is asked')
    })
    expect(await findParts(parts, options)).toBe(parts)
  })

  test('are read from a parameter, after which its client is closed', async () => {
    const { options, state } = answering(({ operation, fields }) => {
      expect([operation, fields]).toEqual(['GetParameter', { Name: '/shop/carryout' }])
      return { Parameter: { Value: JSON.stringify(parts) } }
    })
    expect(await findParts({ parameter: '/shop/carryout' }, options)).toEqual(parts)
    expect(state.closed).toBe(1)
  })

  test.each([
    ...['not JSON', 'null', '{}', undefined],
    ...Object.keys(parts).map((name) => JSON.stringify({ ...parts, [name]: undefined })),
  ])('are not in the parameter %j', async (Value) => {
    const { options } = answering(() => ({ Parameter: { Value } }))
    await expect(findParts({ parameter: 'p' }, options)).rejects.toThrow(
      new StackNotFound('The parameter “p” is not Carryout’s: it does not contain its parts.'),
    )
  })

  test.each([
    ['ParameterNotFound', StackNotFound, 'There is no parameter “p” in this account and region.'],
    ['AccessDenied', Error, 'No.'],
  ])('are not found if AWS says %s', async (name, kind, message) => {
    const { options } = answering(() => {
      throw new Refusal(name, 'No.', 'json')
    })
    const error = await findParts({ parameter: 'p' }, options).catch((thrown: Error) => thrown)
    expect(error).toBeInstanceOf(kind)
    expect((error as Error).message).toBe(message)
    expect(error instanceof StackNotFound).toBe(kind === StackNotFound)
  })

  test('are read from the outputs of a stack, after which its client is closed', async () => {
    const { options, state } = answering(({ operation, fields }) => {
      expect([operation, fields.StackName]).toEqual(['DescribeStacks', 'Shop'])
      const outputs = [...outputsOf('A')].map(
        ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
      )
      const stack = `<member><StackName>Shop</StackName><Outputs>${outputs.join('')}</Outputs></member>`
      return `<DescribeStacksResponse><DescribeStacksResult><Stacks>${stack}</Stacks></DescribeStacksResult></DescribeStacksResponse>`
    })
    expect(await findParts({ stackName: 'Shop' }, options)).toMatchObject({ bucket: 'bucket of A' })
    expect(state.closed).toBe(1)
  })

  test.each([
    ['ValidationError', 'Stack with id Shop does not exist', 'There is no stack “Shop” in this account and region.'],
    ['ValidationError', 'The name is too long', 'The name is too long'],
    ['AccessDenied', 'Your key does not exist', 'Your key does not exist'],
  ])('are not found if CloudFormation says %s: %s', async (name, said, message) => {
    const { options } = answering(() => {
      throw new Refusal(name, said, 'xml')
    })
    const error = await findParts({ stackName: 'Shop' }, options).catch((thrown: Error) => thrown)
    expect((error as Error).message).toBe(message)
    expect(error instanceof StackNotFound).toBe(message.startsWith('There is no stack'))
  })
})
