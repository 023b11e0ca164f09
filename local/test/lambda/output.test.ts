import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { bench } from './bundle.ts'

describe('the log of an invocation', () => {
  test('has every line between START and END, in the order in which it was written, then the report', async () => {
    await using at = bench()
    const name = at.given(`
      console.log('loaded')
      export const handler = async () => {
        console.info('rows %d', 2, { a: 1 })
        process.stdout.write('{"raw":1}\\n{"raw"')
        process.stderr.write(':2}\\n')
        console.error('two\\nlines')
        process.stdout.write('unfinished')
      }`)
    await at.run(name)
    const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`
    const id = '[0-9a-f-]{36}'
    expect(at.messages()).toEqual(
      [
        String.raw`INIT_START Runtime Version: nodejs:24\.\S+\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:\S+`,
        String.raw`${time}\tundefined\tINFO\tloaded`,
        String.raw`START RequestId: ${id} Version: \$LATEST`,
        String.raw`${time}\t${id}\tINFO\trows 2 \{ a: 1 \}`,
        String.raw`\{"raw":1\}`,
        String.raw`\{"raw":2\}`,
        String.raw`${time}\t${id}\tERROR\ttwo\nlines`,
        'unfinished',
        `END RequestId: ${id}`,
        String.raw`REPORT RequestId: ${id}\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 256 MB\tMax Memory Used: \d+ MB\tInit Duration: \d+\.\d\d ms\t`,
      ].map((pattern) => expect.stringMatching(new RegExp(`^${pattern}$`))),
    )
    expect(new Set(at.lines.map((line) => line.group))).toEqual(new Set([`/aws/lambda/${name}`]))
    expect(new Set(at.lines.map((line) => line.stream)).size).toBe(1)
  })

  test('goes to the group that the function names, and a warm environment keeps its stream', async () => {
    await using at = bench()
    const name = at.given('export const handler = async () => 1', { logGroup: 'carryout/functions' })
    await at.run(name)
    await at.run(name)
    expect(new Set(at.lines.map((line) => line.group))).toEqual(new Set(['carryout/functions']))
    expect(new Set(at.lines.map((line) => line.stream)).size).toBe(1)
    expect(at.messages().filter((message) => message.includes('Init Duration'))).toHaveLength(1)
  })

  test('includes what was written before the function was killed', async () => {
    await using at = bench()
    const name = at.given(
      `export const handler = async () => { console.log('last words'); process.stdout.write('and more'); process.exit(1) }`,
    )
    await at.run(name)
    expect(at.messages()).toEqual(expect.arrayContaining([expect.stringMatching(/\tlast words$/), 'and more']))
  })
})

test('under plain Node, in any time zone of the laptop, a function sees UTC and no output leaves its log', async () => {
  await using at = bench()
  const name = at.given(
    `export const handler = async () => { console.log('quiet'); return [new Date(0).getHours(), process.env.TZ] }`,
  )
  const { codeDirectory } = at.lambda.getFunction(name)
  const root = pathToFileURL(join(import.meta.dirname, '../..')).href
  const script = join(at.directory, 'main.mjs')
  writeFileSync(
    script,
    `
    import { createLambda } from '${root}/src/lambda/lambda.ts'
    import { createLogs } from '${root}/src/logs/logs.ts'
    import { openStore } from '${root}/src/store.ts'
    const store = openStore(${JSON.stringify(join(at.directory, 'other'))})
    const logs = createLogs({ store })
    const lambda = createLambda({ region: 'us-east-1', accountId: '0', endpointUrl: 'http://127.0.0.1:1', logs, store })
    lambda.createFunction({ name: 'f', arn: 'f', codeDirectory: ${JSON.stringify(codeDirectory)}, handler: 'index.handler', environment: {}, memoryMB: 128, timeoutSeconds: 9 })
    console.log((await lambda.invoke('f', '{}')).payload)
    await lambda.stop()
    `,
  )
  const env = { ...process.env, TZ: 'Asia/Tokyo' }
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [script], { env })
  expect({ stdout, stderr }).toEqual({ stdout: '[0,":UTC"]\n', stderr: '' })
})
