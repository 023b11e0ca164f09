/** Stacks with a Carryout in them, synthesized without bundling: what is asserted here does not depend on the code. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, Stack, Validations } from 'aws-cdk-lib'
import { Match, Template } from 'aws-cdk-lib/assertions'
import { SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Carryout } from '../../cdk/carryout.ts'
import type { CarryoutProps } from '../../cdk/props.ts'

const flags = createRequire(import.meta.url)('aws-cdk-lib/recommended-feature-flags.json') as Record<string, unknown>

export const SECRET_ARN = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop-AbC123'

const directory = mkdtempSync(join(tmpdir(), 'carryout-cdk-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** @param builtinCloudFormationValidation takes seconds; nag.test.ts has it */
export function givenApp({ builtinCloudFormationValidation = false } = {}): App {
  return new App({
    context: { ...flags, 'aws:cdk:bundling-stacks': [] },
    outdir: mkdtempSync(join(directory, 'out-')),
    analyticsReporting: false,
    builtinCloudFormationValidation,
  })
}

/** What an infrastructure engineer has before he adds a Carryout. */
export function givenStack(app = givenApp(), name = 'Shop') {
  const stack = new Stack(app, name)
  Validations.of(stack).acknowledge({ id: '@aws-cdk/aws-ec2:noSubnetRouteTableId', reason: 'Nothing asks for it' })
  const props = {
    catalogue: 'exports/index.ts',
    database: { host: 'db.example.com', name: 'shop', secret: Secret.fromSecretCompleteArn(stack, 'Db', SECRET_ARN) },
    vpc: Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-0a1b2c3d', availabilityZones: ['a'] }),
    vpcSubnets: { subnets: [Subnet.fromSubnetId(stack, 'Subnet', 'subnet-0a1b2c3d')] },
    securityGroups: [SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-0a1b2c3d')],
  } satisfies CarryoutProps
  return { stack, props }
}

export const CLUSTER_ARN = 'arn:aws:rds:eu-west-1:111122223333:cluster:shop'

/** The same with an Aurora cluster, which is read through the Data API. */
export function givenCluster(app?: App) {
  const { stack, props } = givenStack(app)
  const { name, secret } = props.database
  return {
    stack,
    props: {
      catalogue: 'exports/index.ts',
      database: { clusterArn: CLUSTER_ARN, name, secret },
    } satisfies CarryoutProps,
  }
}

export function givenCarryout(changes: Partial<CarryoutProps> = {}) {
  const { stack, props } = givenStack()
  const carryout = new Carryout(stack, 'Carryout', { ...props, ...changes })
  return { stack, carryout }
}

export function synthesized(changes: Partial<CarryoutProps> = {}): Template {
  return Template.fromStack(givenCarryout(changes).stack)
}

export const WEBHOOK_SECRET_ARN = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:hook-AbC123'

/** A Carryout with everything that can be left out. */
export function withEverything(changes: Partial<CarryoutProps> = {}): Template {
  const { stack, props } = givenStack()
  const secret = Secret.fromSecretCompleteArn(stack, 'Hook', WEBHOOK_SECRET_ARN)
  new Carryout(stack, 'Carryout', {
    ...props,
    mail: { from: 'downloads@example.com', identity: 'create' },
    webhook: { url: 'https://shop.example.com/hooks', secret },
    ...changes,
  })
  return Template.fromStack(stack)
}

export interface Resource {
  Type: string
  Properties: Record<string, unknown>
  DeletionPolicy?: string
}

export function resources(template: Template): Record<string, Resource> {
  return template.toJSON().Resources as Record<string, Resource>
}

/** The properties of the one function that is called so. */
export function functionOf(template: Template, handler: string): Record<string, unknown> {
  const found = Object.values(
    template.findResources(
      'AWS::Lambda::Function',
      Match.objectLike({ Properties: { FunctionName: `Shop-${handler}` } }),
    ),
  )
  expect(found).toHaveLength(1)
  return found[0]!.Properties as Record<string, unknown>
}

/**
 * A value with intrinsic functions as text: references as `<logical id without its hash>`, and nothing for what is the
 * same in every ARN.
 */
export function readable(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, unknown>
  if (typeof Ref === 'string') return Ref.startsWith('AWS::') ? '' : `<${withoutHash(Ref)}>`
  if (Array.isArray(attribute)) return `<${withoutHash(attribute[0])}>`
  if (Array.isArray(join)) return (join[1] as unknown[]).map(readable).join(join[0] as string)
  throw new Error(`What is ${JSON.stringify(value)}?`)
}

function withoutHash(logicalId: string): string {
  return logicalId.replace(/^Carryout|[0-9A-F]{8}$/g, '')
}
