/** The app itself, as the CLI and the local cloud run it: with bundles. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
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

test('the assembly is complete, and no rule of cdk-nag is left unanswered', () => {
  expect(Object.keys(template.Resources).length).toBeGreaterThan(40)
  const { pluginReports } = readJson<{ pluginReports: unknown[] }>('validation-report.json')
  expect(pluginReports).toEqual([])
})

test.each(['start', 'prepare', 'export-chunk', 'finish', 'notify', 'halt', 'open-link'])(
  '%s is modules of a few MB, with all they import, that start from their environment alone',
  async (handler) => {
    const { folder } = deployed(handler)
    const files = readdirSync(folder)
    expect(files.filter((file) => !file.endsWith('.mjs'))).toEqual([])
    const bytes = files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)
    expect(bytes).toBeLessThan(3_000_000)
    expect(await inLambda(handler, 'console.log(typeof bundle.handler)')).toBe('function\n')
  },
)

test('errors keep their names in a bundle, which Retry and Catch match', async () => {
  const script = `
    const context = { getRemainingTimeInMillis: () => 1000, awsRequestId: '1', functionName: 'f' }
    console.log = console.info = console.error = console.warn = () => {}
    await bundle.handler({ request: { export: 'nothing' } }, context).catch(({ name }) => process.stdout.write(name))`
  expect((await inLambda('prepare', script)).split('\n').at(-1)).toBe('InvalidRequest')
})
