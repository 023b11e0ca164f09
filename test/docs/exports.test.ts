/** docs/exports.md is true: its examples compile, run against the sample shop, and give what it shows. */
import { execFile } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import type { Export } from '../../engine/catalogue.ts'
import { errors } from '../../statemachine/errors.ts'
import { run } from '../engine/harness.ts'
import { givenShop } from '../support/exported-shop.ts'
import { comparable, type ExpectedRun, examplesOf, writeExamples } from './examples.ts'

const markdown = readFileSync(join(import.meta.dirname, '../../docs/exports.md'), 'utf8')
const examples = examplesOf(markdown)
const { directory, modules } = writeExamples(examples)

const shop = givenShop({ orders: 2000 })
afterAll(() => rmSync(directory, { recursive: true, force: true }))

test('every example compiles', async () => {
  const tsc = join(import.meta.dirname, '../../node_modules/.bin/tsc')
  const { stdout } = await promisify(execFile)(tsc, ['-p', directory]).catch((error) => error)
  expect(stdout).toBe('')
})

describe.each(examples.map((example, index) => ({ ...example, file: modules[index]! })))(
  'the example in line $line ($section)',
  ({ file, runs }) => {
    let definition: Export
    beforeAll(async () => {
      const [exported] = Object.values(await import(pathToFileURL(file).href))
      definition = exported as Export
    })

    test('is an export, or is made of exports', () => {
      expect(definition).toMatchObject(
        'names' in definition ? { names: expect.any(Array) } : { name: expect.any(String) },
      )
    })

    for (const expected of runs) {
      test(`writes the shown file for ${JSON.stringify(expected.request)}`, async () => {
        const { content, shown } = comparable(await outcomeOf(definition, expected), expected.shown)
        expect(content).toBe(shown)
      })
    }
  },
)

test('every option of an export is explained', () => {
  const source = readFileSync(join(import.meta.dirname, '../../engine/catalogue.ts'), 'utf8')
  const [, options = ''] = /export interface ExportDefinition<.*?\{\n([\s\S]*?)^\}/m.exec(source)!
  const names = [...options.matchAll(/^ {2}(\w+)\??:/gm)].map(([, name]) => name)
  expect(names).toContain('maxRows')
  for (const name of names) expect(markdown).toMatch(new RegExp(`^\\| \`${name}\` \\|`, 'm'))
})

test('every error is explained', () => {
  for (const name of Object.keys(errors)) expect(markdown).toMatch(new RegExp(`^\\| \`${name}\` \\|`, 'm'))
})

async function outcomeOf(definition: Export, { fails, request }: ExpectedRun): Promise<string> {
  const running = run(definition, shop.options({ request }))
  if (fails) {
    const error = await running.then(
      () => Promise.reject(new Error('It did not fail')),
      (error: Error) => error,
    )
    return `${error.name}: ${error.message}\n`
  }
  const { content, finished } = await running
  const { compression, encoding } = finished.plan
  const plain = compression === 'gzip' ? gunzipSync(content) : content
  return encoding === 'cp932' ? new TextDecoder('shift_jis').decode(plain) : plain.toString()
}
