import { type Decision, decide, isOperator, like } from '../../src/iam/evaluate.ts'
import { statementsOf } from '../../src/iam/statement.ts'

const FILES = 'arn:aws:s3:::files/files/*'
const allow = (rest: object = {}) => ({ Effect: 'Allow', Action: 's3:GetObject', Resource: FILES, ...rest })

/** Whether the policy lets `s3:GetObject` have an object, in a context. */
function decided(Statement: object[], context: Record<string, string[]> = {}, resource: object[] = []): Decision {
  const access = {
    action: 's3:GetObject',
    resource: 'arn:aws:s3:::files/files/a',
    context: new Map(Object.entries(context).map(([key, values]) => [key.toLowerCase(), values])),
  }
  return decide(access, statementsOf({ Statement }), statementsOf({ Statement: resource }), ['me'])
}

test.each<[string, object[], boolean]>([
  ['nothing', [], false],
  ['the action and the resource', [allow()], true],
  ['the action in other letters', [allow({ Action: 'S3:getobject' })], true],
  ['a wildcard of actions', [allow({ Action: ['sqs:*', 's3:Get*'] })], true],
  ['another action', [allow({ Action: 's3:GetObjectTagging' })], false],
  ['another resource', [allow({ Resource: 'arn:aws:s3:::files/chunks/*' })], false],
  ['the bucket only', [allow({ Resource: 'arn:aws:s3:::files' })], false],
  ['everything but the action', [allow({ Action: undefined, NotAction: 's3:GetObject' })], false],
  ['everything but another resource', [allow({ Resource: undefined, NotResource: 'arn:aws:s3:::other/*' })], true],
  ['it and denies it', [allow(), allow({ Effect: 'Deny', Action: 's3:*', Resource: '*' })], false],
])('a policy that allows %s', (_, statements, allowed) => {
  expect(decided(statements).allowed).toBe(allowed)
})

test.each<[object, Record<string, string[]>, boolean]>([
  [{ StringEquals: { 'a:b': ['x', 'y'] } }, { 'a:b': ['y'] }, true],
  [{ StringEquals: { 'A:B': 'x' } }, { 'a:b': ['x'] }, true],
  [{ StringEquals: { 'a:b': 'x' } }, {}, false],
  [{ StringEqualsIfExists: { 'a:b': 'x' } }, {}, true],
  [{ StringNotEquals: { 'a:b': 'x' } }, { 'a:b': ['x'] }, false],
  [{ StringNotEquals: { 'a:b': ['x', 'y'] } }, { 'a:b': ['y'] }, false],
  [{ StringNotEquals: { 'a:b': 'x' } }, {}, true],
  [{ StringLike: { 'a:b': 'x*z' } }, { 'a:b': ['xyz'] }, true],
  [{ ArnLike: { 'a:b': 'arn:*:events:*:*:rule/x' } }, { 'a:b': ['arn:aws:events:us-east-1:0:rule/x'] }, true],
  // A wildcard does not reach into the next part of an ARN.
  [{ ArnLike: { 'a:b': 'arn:aws:events:*:rule/x' } }, { 'a:b': ['arn:aws:events:us-east-1:0:rule/x'] }, false],
  [{ ArnEquals: { 'a:b': 'arn:aws:lambda:*:*:function:*' } }, { 'a:b': ['arn:aws:lambda:r:0:function:f:1'] }, true],
  [{ Bool: { 'aws:SecureTransport': 'false' } }, { 'aws:securetransport': ['true'] }, false],
  [{ Bool: { 'aws:SecureTransport': true } }, { 'aws:securetransport': ['true'] }, true],
  [{ Null: { 'a:b': 'true' } }, {}, true],
  [{ Null: { 'a:b': 'false' } }, {}, false],
  [{ NumericLessThan: { 'a:b': '5' } }, { 'a:b': ['4'] }, true],
  [{ 'ForAllValues:StringEquals': { 'a:b': ['x', 'y'] } }, { 'a:b': ['x', 'z'] }, false],
  [{ 'ForAllValues:StringEquals': { 'a:b': ['x', 'y'] } }, { 'a:b': ['x', 'y'] }, true],
  [{ 'ForAnyValue:StringEquals': { 'a:b': ['x'] } }, { 'a:b': ['x', 'z'] }, true],
  [{ StringEquals: { 'a:b': 'x' }, Bool: { 'c:d': 'true' } }, { 'a:b': ['x'], 'c:d': ['false'] }, false],
])('the condition %j in %j is met: %j', (Condition, context, holds) => {
  expect(decided([allow({ Condition })], context).allowed).toBe(holds)
})

test('a resource policy also allows, and its deny overrides every allow', () => {
  const onResource = (Effect: string, Principal: unknown) => [{ Effect, Principal, Action: 's3:*', Resource: '*' }]
  expect(decided([], {}, onResource('Allow', { AWS: 'me' })).allowed).toBe(true)
  expect(decided([], {}, onResource('Allow', { AWS: 'other' })).allowed).toBe(false)
  expect(decided([], {}, onResource('Allow', '*')).allowed).toBe(true)
  expect(decided([allow()], {}, onResource('Deny', '*'))).toEqual({
    allowed: false,
    why: 'an explicit deny',
    policy: 'resource',
  })
})

test('unsupported operators are recognized', () => {
  const known = ['StringEquals', 'ArnNotLike', 'ForAllValues:StringLike', 'BoolIfExists', 'Null']
  expect(known.filter((operator) => !isOperator(operator))).toEqual([])
  expect(['IpAddress', 'DateLessThan', 'constructor', 'StringNot'].filter(isOperator)).toEqual([])
  expect(like('arn:aws:s3:::a.b/?', 'arn:aws:s3:::a.b/c')).toBe(true)
  expect(like('arn:aws:s3:::a.b/?', 'arn:aws:s3:::aXb/c')).toBe(false)
})
