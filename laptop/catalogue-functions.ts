/** Finds the stacks and functions of a synthesized app that are made from a catalogue, by their templates. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { StackTemplate } from '@carryout/local'
import { CATALOGUE_METADATA, HANDLER_METADATA } from '../cdk/metadata.ts'
import { env } from '../functions/common/environment.ts'
import { AppUnfit } from './app-unfit.ts'

export interface CatalogueFunction {
  /** The handler's file in `functions/`. */
  handler: string
  /** The catalogue's path relative to the app's root. */
  catalogue: string
  /** The name of the folder with its code. */
  asset: string
}

interface Properties {
  Code?: { S3Key?: unknown }
  Environment?: { Variables?: Record<string, unknown> }
}

export function catalogueFunctions(stacks: readonly StackTemplate[]): CatalogueFunction[] {
  return stacks.flatMap(({ template, assets }) =>
    Object.values(template.Resources).flatMap(({ Metadata = {}, Properties }) => {
      const { [CATALOGUE_METADATA]: catalogue, [HANDLER_METADATA]: handler } = Metadata
      const key = (Properties as Properties | undefined)?.Code?.S3Key
      const folder = typeof key === 'string' ? assets.get(key) : undefined
      if (typeof catalogue !== 'string' || typeof handler !== 'string' || folder === undefined) return []
      return [{ handler, catalogue, asset: basename(folder) }]
    }),
  )
}

/** Returns the schema that the app's exports query; undefined if only CloudFormation knows it. */
export function databaseName(stacks: readonly StackTemplate[]): string | undefined {
  const names = stacks.flatMap(({ template }) =>
    Object.values(template.Resources).map(
      ({ Properties }) => (Properties as Properties | undefined)?.Environment?.Variables?.[env.DATABASE_NAME],
    ),
  )
  return names.find((name): name is string => typeof name === 'string')
}

/**
 * Returns the names of the stacks with a Carryout, at least one.
 *
 * @throws AppUnfit if there is none, or one in a nested stack
 */
export function carryoutStacks(stacks: readonly StackTemplate[]): [string, ...string[]] {
  for (const stack of stacks) refuseNested(stack)
  const [first, ...others] = stacks.filter(({ template }) => hasCarryout(template)).map(({ name }) => name)
  if (first === undefined) {
    throw new AppUnfit(
      'This app has no Carryout construct. Paste the lines that “npx carryout init” prints into your stack.',
    )
  }
  return [first, ...others]
}

/** The local cloud does not create what is in a nested stack. */
function refuseNested({ name, template, assets }: StackTemplate) {
  for (const [logicalId, { Type, Properties }] of Object.entries(template.Resources)) {
    if (Type !== 'AWS::CloudFormation::Stack') continue
    const url = JSON.stringify(Properties?.TemplateURL ?? '')
    const file = [...assets].find(([key]) => url.includes(key))?.[1]
    if (file === undefined) continue
    const nested = { Resources: {}, ...(JSON.parse(readFileSync(file, 'utf8')) as object) }
    if (hasCarryout(nested)) {
      throw new AppUnfit(
        `The Carryout construct is in the nested stack ${nestedName(logicalId)} of the stack ${name}. This works on AWS, ` +
          'but the local cloud does not create nested stacks. To run it here, put the construct into a stack that is not nested.',
      )
    }
    refuseNested({ name, template: nested, assets })
  }
}

/** Returns the construct's id; the CDK makes the logical id of it. */
function nestedName(logicalId: string): string {
  return /^(.+)NestedStack\1NestedStackResource[0-9A-F]{8}$/.exec(logicalId)?.[1] ?? logicalId
}

function hasCarryout({ Resources }: Pick<StackTemplate['template'], 'Resources'>): boolean {
  return Object.values(Resources).some(({ Metadata = {} }) => Object.hasOwn(Metadata, CATALOGUE_METADATA))
}
