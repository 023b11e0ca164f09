/** Changes a copy of the test assembly, for settings that options do not offer, such as a short timeout or a faulty function. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { testAssembly } from './cloud.ts'

export interface FunctionProperties {
  Timeout: number
  MemorySize: number
  ReservedConcurrentExecutions?: number
  Environment: { Variables: Record<string, unknown> }
}

interface Template {
  Resources: Record<
    string,
    { Type: string; Properties: FunctionProperties & { FunctionName: string; Code: { S3Key: string } } }
  >
}

/**
 * Copies the assembly and changes one of its functions.
 *
 * @param name name of the state, such as `export-chunk`
 * @param code the new `index.mjs`, or a function that changes the present one
 */
export async function changedAssembly(
  directory: string,
  name: string,
  change: (properties: FunctionProperties) => void,
  code?: string | ((bundle: string) => string),
): Promise<string> {
  cpSync(await testAssembly(), directory, { recursive: true })
  changeFunction(directory, name, change, code)
  return directory
}

/** Changes another function of a copied assembly. */
export function changeFunction(
  directory: string,
  name: string,
  change: (properties: FunctionProperties) => void,
  code?: string | ((bundle: string) => string),
): void {
  const path = join(directory, 'Carryout.template.json')
  const template = JSON.parse(readFileSync(path, 'utf8')) as Template
  const resource = Object.values(template.Resources).find(
    ({ Type, Properties }) => Type === 'AWS::Lambda::Function' && Properties.FunctionName.endsWith(`-${name}`),
  )
  if (!resource) throw new Error(`The template has no function ${name}`)
  change(resource.Properties)
  const bundle = join(directory, `asset.${resource.Properties.Code.S3Key.replace(/\.zip$/, '')}`, 'index.mjs')
  if (code) writeFileSync(bundle, typeof code === 'string' ? code : code(readFileSync(bundle, 'utf8')))
  writeFileSync(path, JSON.stringify(template))
}
