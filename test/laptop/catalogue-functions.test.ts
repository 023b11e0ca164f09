/** Tests which stacks of an app `carryout local` runs, with assemblies that the CDK writes. */
import { join } from 'node:path'
import { readAssembly } from '@carryout/local'
import { type App, NestedStack, Stack, Stage } from 'aws-cdk-lib'
import { CfnFunction } from 'aws-cdk-lib/aws-lambda'
import { Asset } from 'aws-cdk-lib/aws-s3-assets'
import type { Construct } from 'constructs'
import { CATALOGUE_METADATA, ENGINE_METADATA, HANDLER_METADATA } from '../../cdk/metadata.ts'
import { env } from '../../functions/common/environment.ts'
import { AppUnfit } from '../../laptop/app-unfit.ts'
import { carryoutStacks, catalogueFunctions, databaseName } from '../../laptop/catalogue-functions.ts'
import { configuredEngine } from '../../laptop/engine-notice.ts'
import { givenApp } from '../cdk/support.ts'

test('a Carryout in a stage is found beside stacks without one', () => {
  const app = givenApp()
  new Stack(app, 'Empty')
  addCarryout(new Stack(new Stage(app, 'Prod'), 'Shop'))
  const { directory, stacks } = assemblyOf(app)
  expect(stacks.map(({ name }) => name)).toEqual(['Prod-Shop', 'Empty'])
  expect(carryoutStacks(stacks)).toEqual(['Prod-Shop'])
  expect(databaseName(stacks)).toBe('shop')
  expect(configuredEngine(directory)).toBe('aurora-mysql-3')
  expect(catalogueFunctions(stacks)).toContainEqual({
    handler: 'prepare',
    catalogue: 'exports/index.ts',
    asset: expect.stringMatching(/^asset\./),
  })
})

test('an app without a Carryout is refused with what to paste', () => {
  const app = givenApp()
  new Stack(app, 'Empty')
  expect(() => carryoutStacks(assemblyOf(app).stacks)).toThrow(
    new AppUnfit(
      'This app has no Carryout construct. Paste the lines that “npx carryout init” prints into your stack.',
    ),
  )
})

test('a Carryout in a nested stack is refused by the name of that stack', () => {
  const app = givenApp()
  addCarryout(new NestedStack(new NestedStack(new Stack(app, 'Shop'), 'Office'), 'Downloads'))
  expect(() => carryoutStacks(assemblyOf(app).stacks)).toThrow(
    /^The Carryout construct is in the nested stack Downloads of the stack Shop\. This works on AWS, but/,
  )
})

/** The construct's function as the template has it, because bundling the real ones takes seconds. */
function addCarryout(scope: Construct) {
  const { s3BucketName, s3ObjectKey } = new Asset(scope, 'Code', { path: join(import.meta.dirname, '../../exports') })
  const prepare = new CfnFunction(scope, 'Prepare', {
    code: { s3Bucket: s3BucketName, s3Key: s3ObjectKey },
    role: 'arn:aws:iam::111122223333:role/prepare',
    environment: { variables: { [env.DATABASE_NAME]: 'shop' } },
  })
  prepare.addMetadata(CATALOGUE_METADATA, 'exports/index.ts')
  prepare.addMetadata(HANDLER_METADATA, 'prepare')
  Stack.of(scope).addMetadata(`${ENGINE_METADATA}Carryout`, 'aurora-mysql-3')
}

function assemblyOf(app: App) {
  const { directory } = app.synth()
  return { directory, stacks: readAssembly(directory) }
}
