/** The app itself, as the CLI and the local cloud run it: with bundles. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { HANDLERS, ROOT } from '../../cdk/bundles.ts'
import { bundleAll } from '../../cdk/bundling/bundle.ts'
import { testAssembly } from '../support/cloud.ts'

interface Template {
  Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>
}
interface Assets {
  files: Record<string, { source: { path: string }; destinations: Record<string, { objectKey: string }> }>
}

let directory: string
let template: Template
beforeAll(async () => {
  directory = await testAssembly()
  template = readJson<Template>('Carryout.template.json')
}, 120_000)

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(join(directory, file), 'utf8')) as T
}

/** A function's bundle, and its environment as far as the template knows it. */
function deployed(handler: string) {
  const { Properties } = Object.values(template.Resources).find(
    ({ Properties }) => Properties?.FunctionName === `Carryout-${handler}`,
  )!
  const { S3Key } = Properties.Code as { S3Key: string }
  const { files } = readJson<Assets>('Carryout.assets.json')
  const { source } = Object.values(files).find(({ destinations }) =>
    Object.values(destinations).some(({ objectKey }) => objectKey === S3Key),
  )!
  const { Variables = {} } = (Properties.Environment ?? {}) as { Variables?: Record<string, unknown> }
  const environment = Object.entries(Variables).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : 'https://known.to.cloudformation/',
  ])
  return {
    folder: join(directory, source.path),
    environment: Object.fromEntries(environment) as Record<string, string>,
  }
}

/** Runs a script in a Node that has nothing but the function's environment, far from any node_modules. */
async function inLambda(handler: string, script: string): Promise<string> {
  const { folder, environment } = deployed(handler)
  const elsewhere = mkdtempSync(join(tmpdir(), 'carryout-bundle-'))
  try {
    const bundle = JSON.stringify(join(folder, 'index.mjs'))
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', `const bundle = await import(${bundle}); ${script}`],
      { cwd: elsewhere, env: { ...environment, AWS_REGION: 'us-east-1' } },
    )
    return stdout
  } finally {
    rmSync(elsewhere, { recursive: true })
  }
}

test('the assembly is complete and satisfies every rule of cdk-nag', () => {
  expect(Object.keys(template.Resources).length).toBeGreaterThan(40)
  const { pluginReports } = readJson<{ pluginReports: unknown[] }>('validation-report.json')
  expect(pluginReports).toEqual([])
})

test('the assembly reports nothing about itself to AWS', () => {
  expect(Object.values(template.Resources).map(({ Type }) => Type)).not.toContain('AWS::CDK::Metadata')
})

test.each(['start', 'prepare', 'export-chunk', 'finish', 'notify', 'halt', 'open-link'])(
  '%s is a complete bundle that starts with only its environment',
  async (handler) => {
    const { folder } = deployed(handler)
    const files = readdirSync(folder)
    expect(files.filter((file) => !file.endsWith('.mjs'))).toEqual([])
    expect(await inLambda(handler, 'console.log(typeof bundle.handler)')).toBe('function\n')
  },
)

test('a function without a database has at most 400 KB, and the exporting one 1,200 KB with all that it may load', () => {
  const folders = new Map(
    Object.values(template.Resources).flatMap(({ Type, Properties }) => {
      if (Type !== 'AWS::Lambda::Function') return []
      const handler = String(Properties.FunctionName).replace('Carryout-', '')
      return [[handler, deployed(handler).folder]]
    }),
  )
  // The sample has no webhook.
  const outdir = mkdtempSync(join(tmpdir(), 'carryout-bundle-'))
  const code = ["export { handler } from './functions/call-webhook.ts'"]
  bundleAll({ root: ROOT, bundlings: [{ code, outdir }] })
  folders.set('call-webhook', outdir)
  try {
    expect([...folders.keys()].sort()).toEqual([...HANDLERS].sort())
    const large = [...folders].filter(
      ([handler, folder]) => bytesIn(folder) > (handler === 'export-chunk' ? 1_200_000 : 400_000),
    )
    expect(large).toEqual([])
  } finally {
    rmSync(outdir, { recursive: true })
  }
})

function bytesIn(folder: string): number {
  return readdirSync(folder).reduce((bytes, file) => bytes + statSync(join(folder, file)).size, 0)
}

test('errors keep their names in a bundle, which Retry and Catch match', async () => {
  const script = `
    const context = { getRemainingTimeInMillis: () => 1000, awsRequestId: '1', functionName: 'f' }
    console.log = console.info = console.error = console.warn = () => {}
    await bundle.handler({ request: { export: 'nothing' } }, context).catch(({ name }) => process.stdout.write(name))`
  expect((await inLambda('prepare', script)).split('\n').at(-1)).toBe('InvalidRequest')
})
