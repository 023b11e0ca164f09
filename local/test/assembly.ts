/** A cloud assembly as the CDK writes it, with one function as its asset (`1.zip`). */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const HANDLER = `
export const handler = async (event) => {
  if (event.show === 'environment') return { ...process.env }
  if (event.rawPath) return { path: event.rawPath }
  if (event.fail) throw Object.assign(new Error('no shop'), { name: 'NoSuchShop' })
  if (event.Records) {
    for (const { body } of event.Records) {
      console.log('record: ' + body)
      if (body === 'bad') throw new Error('bad')
    }
    return
  }
  return { doubled: event.n * 2 }
}
`

export function writeAssembly(directory: string, template: object) {
  mkdirSync(join(directory, 'asset.1'))
  writeFileSync(join(directory, 'asset.1/index.mjs'), HANDLER)
  const write = (name: string, content: object) => writeFileSync(join(directory, name), JSON.stringify(content))
  write('Shop.template.json', template)
  const destinations = { here: { bucketName: 'assets', objectKey: '1.zip' } }
  write('Shop.assets.json', { files: { 1: { source: { path: 'asset.1', packaging: 'zip' }, destinations } } })
  write('manifest.json', {
    artifacts: {
      'Shop.assets': { type: 'cdk:asset-manifest', properties: { file: 'Shop.assets.json' } },
      Shop: { type: 'aws:cloudformation:stack', properties: { templateFile: 'Shop.template.json' } },
      Tree: { type: 'cdk:tree', properties: { file: 'tree.json' } },
    },
  })
}
