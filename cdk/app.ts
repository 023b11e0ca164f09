/**
 * The sample's CDK app. `cdk` runs it (cdk.json); `node cdk/app.ts` alone writes the same assembly, without an account
 * or network.
 */
import { App, Validations } from 'aws-cdk-lib'
import flags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' }
import { AwsSolutionsChecks } from 'cdk-nag'
import config from './carryout.config.ts'
import { CarryoutStack } from './stack.ts'

const app = new App({
  // Set here instead of in cdk.json, which only the CLI reads.
  context: flags,
  outdir: process.env.CDK_OUTDIR ?? 'cdk.out',
  analyticsReporting: false,
})
new CarryoutStack(app, config)
Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
app.synth()
