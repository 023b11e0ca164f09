/** Finds the functions of a synthesized app that are made from a catalogue, by their templates. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { env } from '../functions/common/environment.ts'

export interface CatalogueFunction {
  /** The handler's file in `functions/`. */
  handler: string
  /** The catalogue's path relative to the app's root. */
  catalogue: string
  /** The name of the folder with its code. */
  asset: string
}

interface Template {
  Resources?: Record<
    string,
    {
      Type: string
      Metadata?: Record<string, unknown>
      Properties?: { Code?: { S3Key?: unknown }; Environment?: { Variables?: Record<string, unknown> } }
    }
  >
}

/** The metadata keys of such a function. */
const CATALOGUE_METADATA = 'carryout:catalogue'
const HANDLER_METADATA = 'carryout:handler'

export function catalogueFunctions(assembly: string): CatalogueFunction[] {
  return resources(assembly).flatMap(({ Metadata = {}, Properties }) => {
    const { [CATALOGUE_METADATA]: catalogue, [HANDLER_METADATA]: handler } = Metadata
    const key = Properties?.Code?.S3Key
    if (typeof catalogue !== 'string' || typeof handler !== 'string' || typeof key !== 'string') return []
    return [{ handler, catalogue, asset: `asset.${key.replace(/\.zip$/, '')}` }]
  })
}

/** Returns the schema that the app's exports query; undefined if only CloudFormation knows it. */
export function databaseName(assembly: string): string | undefined {
  const names = resources(assembly).map(({ Properties }) => Properties?.Environment?.Variables?.[env.DATABASE_NAME])
  return names.find((name): name is string => typeof name === 'string')
}

/** Returns the first stack with such a function; undefined if it is in a stage, or there is none. */
export function stackOf(assembly: string): string | undefined {
  const { artifacts = {} } = JSON.parse(readFileSync(join(assembly, 'manifest.json'), 'utf8')) as {
    artifacts?: Record<string, { properties?: { templateFile?: string; stackName?: string } }>
  }
  const found = Object.entries(artifacts).find(([, { properties }]) => {
    if (properties?.templateFile === undefined) return false
    return readFileSync(join(assembly, properties.templateFile), 'utf8').includes(`"${CATALOGUE_METADATA}"`)
  })
  return found && (found[1].properties?.stackName ?? found[0])
}

function resources(assembly: string) {
  const templates = globSync('**/*.template.json', { cwd: assembly })
  return templates.flatMap((file) => {
    const { Resources = {} } = JSON.parse(readFileSync(join(assembly, file), 'utf8')) as Template
    return Object.values(Resources)
  })
}
