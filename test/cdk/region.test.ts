/** Features that a stack's region must have, and resources that must be in the same region. */
import { Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Carryout } from '../../cdk/carryout.ts'
import type { CarryoutProps } from '../../cdk/props.ts'
import { regionProblem } from '../../cdk/region.ts'
import { givenApp, givenStack, SECRET_ARN } from './support.ts'

const needs = { runtime: 'nodejs24.x', functionUrls: true }

test.each(['eu-west-1', 'ap-northeast-1', 'us-gov-west-1', 'xx-new-1'])(
  '%s has everything needed, or is unknown',
  (region) => {
    expect(regionProblem(region, needs)).toBeUndefined()
  },
)

test.each(['eu-south-2', 'ap-southeast-4', 'il-central-1'])('%s has no function URLs', (region) => {
  const sentence = `${region} has no Lambda function URLs, which the links in the e-mails need: set links to 'none' or { baseUrl }, or choose another region`
  expect(regionProblem(region, needs)).toBe(sentence)
  expect(regionProblem(region, { ...needs, functionUrls: false })).toBeUndefined()
})

test('a runtime that a region does not have yet is refused', () => {
  expect(regionProblem('eu-west-1', { ...needs, runtime: 'nodejs99.x' })).toBe(
    'eu-west-1 has no Lambda runtime nodejs99.x (its newest is nodejs24.x): choose another region',
  )
})

/** Adds a Carryout construct to a stack in another region than the resources that it is given. */
function carryoutIn(region: string, changes: Partial<CarryoutProps> = {}) {
  const app = givenApp()
  const { props } = givenStack(app)
  const stack = new Stack(app, 'Regional', { env: { region, account: '111122223333' } })
  const secret = Secret.fromSecretCompleteArn(stack, 'Db', SECRET_ARN)
  return () => new Carryout(stack, 'Carryout', { ...props, database: { ...props.database, secret }, ...changes })
}

test('the construct refuses a region without function URLs', () => {
  expect(carryoutIn('eu-south-2')).toThrow(
    'Regional/Carryout cannot be deployed:\n  region eu-south-2 has no Lambda function URLs',
  )
})

test.each(['none', { baseUrl: 'https://shop.example.com/downloads' }] as const)(
  'the construct accepts it if links are %j, which needs no function URL',
  (links) => {
    const database = {
      host: 'db.example.com',
      name: 'shop',
      auth: 'iam',
      user: 'carryout',
      resourceId: 'db-A1',
    } as const
    expect(carryoutIn('eu-south-2', { links, database })).not.toThrow()
  },
)

test.each([
  ['eu-west-1', 'Allow'],
  ['us-gov-west-1', undefined],
  ['cn-north-1', undefined],
  ['mx-central-1', undefined],
])('in %s, start is allowed to loop only if Lambda detects loops: %s', (region, expected) => {
  const database = { host: 'db.example.com', name: 'shop', auth: 'iam', user: 'carryout', resourceId: 'db-A1' } as const
  const template = Template.fromStack(Stack.of(carryoutIn(region, { database })()))
  const [start] = Object.values(
    template.findResources('AWS::Lambda::Function', { Properties: { FunctionName: 'Regional-start' } }),
  )
  expect(start!.Properties.RecursiveLoop).toBe(expected)
})

test('the construct refuses a secret of another region', () => {
  expect(carryoutIn('eu-central-1')).toThrow(
    'database.secret is in eu-west-1, but the stack is deployed in eu-central-1: use one in eu-central-1, or change region.',
  )
})
