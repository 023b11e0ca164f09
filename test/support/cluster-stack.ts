/** Carryout's stack for an Aurora cluster, synthesized as `cdk/app.ts` does for the configured server. */
import { createRequire } from 'node:module'
import { App } from 'aws-cdk-lib'
import { defineConfig } from '../../cdk/config.ts'
import { CarryoutStack } from '../../cdk/stack.ts'

const flags = createRequire(import.meta.url)('aws-cdk-lib/recommended-feature-flags.json') as Record<string, unknown>

/** Writes the stack's cloud assembly, with bundled functions, into the directory. */
export function synthesizeClusterStack(outdir: string) {
  const app = new App({ context: flags, outdir, analyticsReporting: false, builtinCloudFormationValidation: false })
  const config = defineConfig({
    database: {
      clusterArn: 'arn:aws:rds:us-east-1:111122223333:cluster:shop',
      name: 'production',
      secretArn: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:shop/carryout-AbC123',
    },
    subscriptions: [
      { email: 'operator@example.com', filter: { status: ['failed'] } },
      { email: 'hanako@example.com', filter: { requestedBy: ['hanako@example.com'] } },
    ],
  })
  new CarryoutStack(app, config)
  app.synth()
}
