/** The test assembly with a web app's role, which has only the permissions of the construct's grants. */
import { mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { App, Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Carryout } from '../../cdk/carryout.ts'
import { type TestCloud, testAssembly } from './cloud.ts'

const ROLE = 'web-app'
const TEMPLATE = 'Carryout.template.json'

export async function assemblyWithWebApp(): Promise<string> {
  const shared = await testAssembly()
  const directory = mkdtempSync(join(tmpdir(), 'carryout-web-app-'))
  const template = JSON.parse(readFileSync(join(shared, TEMPLATE), 'utf8')) as { Resources: Record<string, unknown> }
  Object.assign(template.Resources, grantedResources())
  writeFileSync(join(directory, TEMPLATE), JSON.stringify(template))
  // The functions are linked to the shared assembly, so that their compiled code is shared, too.
  for (const name of readdirSync(shared)) if (name !== TEMPLATE) symlinkSync(join(shared, name), join(directory, name))
  return directory
}

/** Credentials of the role, like those of the web app's container or server. */
export async function assumeWebApp({ endpointUrl, region }: TestCloud) {
  const sts = new STSClient({
    endpoint: endpointUrl,
    region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  })
  const RoleArn = `arn:aws:iam::000000000000:role/${ROLE}`
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'server' }))
  sts.destroy()
  return {
    AWS_ACCESS_KEY_ID: Credentials!.AccessKeyId!,
    AWS_SECRET_ACCESS_KEY: Credentials!.SecretAccessKey!,
    AWS_SESSION_TOKEN: Credentials!.SessionToken!,
    AWS_ENDPOINT_URL: endpointUrl,
    AWS_REGION: region,
  }
}

/** The role and its policies, which refer to the construct's resources like in the sample's stack. */
function grantedResources(): Record<string, unknown> {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] }, analyticsReporting: false })
  const stack = new Stack(app, 'Carryout')
  const carryout = new Carryout(stack, 'Carryout', {
    catalogue: 'exports/index.ts',
    database: {
      clusterArn: 'arn:aws:rds:us-east-1:111122223333:cluster:shop',
      name: 'shop',
      secret: Secret.fromSecretCompleteArn(
        stack,
        'Secret',
        'arn:aws:secretsmanager:us-east-1:111122223333:secret:shop-AbC123',
      ),
    },
  })
  const role = new Role(stack, 'WebApp', { roleName: ROLE, assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') })
  carryout.grantRequest(role)
  carryout.grantFollow(role)
  carryout.grantCancel(role)
  const { Resources } = Template.fromStack(stack).toJSON() as { Resources: Record<string, unknown> }
  return Object.fromEntries(Object.entries(Resources).filter(([id]) => id.startsWith('WebApp')))
}
