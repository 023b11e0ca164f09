/** Code that is left out of the functions' bundles must not be needed. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BundlingFailed, bundleAll } from '../../cdk/bundling/bundle.ts'
import { importNamespace } from '../../cdk/bundling/zod.ts'

const PLACE = join(import.meta.dirname, 'bundled')
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'carryout-bundling-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('an imported error class is registered, and any other error keeps its name, message and metadata', () => {
  const { output, code } = bundled('errors')
  const common = { Item: { id: { S: '1' } }, $fault: 'client', requestId: 'a-request' }
  const [known, other] = ['ConditionalCheckFailedException', 'ResourceNotFoundException']
  expect(JSON.parse(output)).toEqual([
    { name: known, isClass: true, message: `This is ${known}`, ...common },
    { name: other, isClass: false, message: `This is ${other}`, ...common },
    // In the query protocol, SQS calls this error AWS.SimpleQueueService.NonExistentQueue.
    { name: 'QueueDoesNotExist', isClass: true, className: 'QueueDoesNotExist', $fault: 'client' },
  ])
  expect(code).not.toContain('GlobalTableAlreadyExistsException')
})

test('a schema behaves the same in a bundle with a part of zod as with all of it', () => {
  const { output, code } = bundled('schema')
  expect(output).toBe(execFileSync(process.execPath, [join(PLACE, 'schema.ts')], { encoding: 'utf8' }))
  expect(code).not.toContain('fromJSONSchema')
})

test('modules that are bundled whole are files of their own, each with its own code only', () => {
  const bundlings = ['one', 'two'].map((name) => ({
    code: [`import { ${name} } from './shared.ts'`, `console.log(${name}, (await import('./late.ts')).late)`],
    outdir: join(folder, 'whole', name),
    isWhole: true,
  }))
  const inputs = bundleAll({ root: PLACE, bundlings })
  expect(inputs).toEqual(expect.arrayContaining(['shared.ts', 'late.ts']))
  for (const [name, other] of [
    ['one', 'two'],
    ['two', 'one'],
  ] as const) {
    const directory = join(folder, 'whole', name)
    expect(readdirSync(directory)).toEqual(['index.mjs'])
    expect(readFileSync(join(directory, 'index.mjs'), 'utf8')).not.toContain(`I am ${other}`)
    expect(execFileSync(process.execPath, [join(directory, 'index.mjs')], { encoding: 'utf8' })).toBe(
      `I am ${name} I am late\n`,
    )
  }
})

describe('a bundling that fails', () => {
  test('names the errors of the code', () => {
    const failure = failureOf({
      root: PLACE,
      bundlings: [{ code: ["import './nowhere.ts'", 'const ='], outdir: folder }],
    })
    expect(failure.name).toBe('BundlingFailed')
    expect(failure.errors.length).toBeGreaterThan(0)
    expect(failure.message).toBe(failure.errors[0]!.text)
  })

  test('says why its process failed', () => {
    expect(failureOf(null as never)).toMatchObject({ message: expect.stringContaining('TypeError'), errors: [] })
  })

  test('says why its process could not be started', () => {
    const { execPath } = process
    process.execPath = join(folder, 'no-node')
    try {
      expect(failureOf({ root: PLACE, bundlings: [] }).message).toMatch(/ENOENT/)
    } finally {
      process.execPath = execPath
    }
  })

  function failureOf(bundlings: Parameters<typeof bundleAll>[0]): BundlingFailed {
    try {
      bundleAll(bundlings)
    } catch (error) {
      expect(error).toBeInstanceOf(BundlingFailed)
      return error as BundlingFailed
    }
    throw new Error('It did not fail')
  }
})

test.each([
  ["import { z } from 'zod'", "import * as z from 'zod';import {} from 'zod'"],
  [
    "import { defineExport, z, sql } from 'carryout'",
    "import * as z from 'carryout:zod';import { defineExport, sql } from 'carryout'",
  ],
  ['import { z as zod } from "carryout"', 'import * as zod from "carryout:zod";import {} from "carryout"'],
  ["import { sql } from 'carryout'", "import { sql } from 'carryout'"],
  ["import type { z } from 'zod'", "import type { z } from 'zod'"],
  ["import { type z } from 'zod'", "import { type z } from 'zod'"],
  ["import { z } from 'zod/mini'", "import { z } from 'zod/mini'"],
])('%s becomes %s', (source, expected) => {
  expect(importNamespace(source)).toBe(expected)
})

/** Bundles a program as functions are bundled, and runs it. */
function bundled(name: string): { code: string; output: string } {
  const outdir = join(folder, name)
  bundleAll({ root: PLACE, bundlings: [{ code: [`import './${name}.ts'`], outdir }] })
  const path = join(outdir, 'index.mjs')
  return { code: readFileSync(path, 'utf8'), output: execFileSync(process.execPath, [path], { encoding: 'utf8' }) }
}
