import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readAssembly } from '../../src/template/assembly.ts'
import { TemplateError } from '../../src/template/template.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'carryout-assembly-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

test('stacks come with their assets, those of nested assemblies too', () => {
  const nested = join(directory, 'assembly-Prod')
  mkdirSync(nested)
  givenStack(nested, 'Prod-Shop', { stackName: 'shop-of-prod' })
  givenStack(
    directory,
    'Shop',
    {},
    { Prod: { type: 'cdk:cloud-assembly', properties: { directoryName: 'assembly-Prod' } } },
  )
  const stacks = readAssembly(directory)
  expect(stacks.map(({ name, assets }) => [name, assets.get('abc.zip')])).toEqual([
    ['Shop', join(directory, 'asset.abc')],
    ['shop-of-prod', join(nested, 'asset.abc')],
  ])
  expect(stacks[0]?.template).toEqual({ Resources: {} })
})

test('a stack without resources is empty', () => {
  givenStack(directory, 'Shop')
  writeFileSync(join(directory, 'Shop.template.json'), '{}')
  expect(readAssembly(directory)[0]?.template.Resources).toEqual({})
})

test('a folder that is not an assembly is refused with what to do', () => {
  expect(() => readAssembly(directory)).toThrow(TemplateError)
  expect(() => readAssembly(directory)).toThrow(/has no manifest\.json.*npx cdk synth/)
})

test('a template that is not JSON is named', () => {
  givenStack(directory, 'Shop')
  writeFileSync(join(directory, 'Shop.template.json'), '{')
  expect(() => readAssembly(directory)).toThrow(TemplateError)
  expect(() => readAssembly(directory)).toThrow('Shop.template.json cannot be read')
})

function givenStack(folder: string, id: string, properties: object = {}, more: object = {}) {
  const write = (name: string, content: object) => writeFileSync(join(folder, name), JSON.stringify(content))
  write(`${id}.template.json`, { Resources: {} })
  const destinations = { here: { bucketName: 'assets', objectKey: 'abc.zip' } }
  write(`${id}.assets.json`, { files: { abc: { source: { path: 'asset.abc' }, destinations } } })
  write('manifest.json', {
    artifacts: {
      [`${id}.assets`]: { type: 'cdk:asset-manifest', properties: { file: `${id}.assets.json` } },
      [id]: { type: 'aws:cloudformation:stack', properties: { templateFile: `${id}.template.json`, ...properties } },
      ...more,
    },
  })
}
