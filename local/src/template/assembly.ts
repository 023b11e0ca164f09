/**
 * Reads a synthesized cloud assembly (`cdk.out`): its stacks' templates and the places of their assets.
 *
 * @see https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/cloud-assembly-schema/README.md
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Template, TemplateError } from './template.ts'

export interface StackTemplate {
  name: string
  template: Template
  /** Files or folders on this machine, by the key that the asset would have in the bootstrap bucket. */
  assets: ReadonlyMap<string, string>
}

interface Manifest {
  artifacts?: Record<
    string,
    {
      type: string
      dependencies?: string[]
      displayName?: string
      properties?: { templateFile?: string; stackName?: string; file?: string; directoryName?: string }
    }
  >
}

interface AssetManifest {
  files?: Record<string, { source: { path?: string }; destinations: Record<string, { objectKey: string }> }>
}

/**
 * Returns the stacks of an assembly in the order of its manifest, including those of nested assemblies (stages).
 *
 * @throws TemplateError if the folder is not an assembly
 */
export function readAssembly(directory: string): StackTemplate[] {
  const manifest = readJson<Manifest>(
    join(directory, 'manifest.json'),
    `${directory} is not a cloud assembly: it has no manifest.json. “npx cdk synth” writes one into cdk.out.`,
  )
  const artifacts = Object.entries(manifest.artifacts ?? {})
  const assets = new Map<string, string>()
  for (const [, { type, properties }] of artifacts) {
    if (type !== 'cdk:asset-manifest' || !properties?.file) continue
    const { files = {} } = readJson<AssetManifest>(join(directory, properties.file))
    for (const { source, destinations } of Object.values(files)) {
      if (source.path === undefined) continue
      for (const { objectKey } of Object.values(destinations)) assets.set(objectKey, join(directory, source.path))
    }
  }
  return artifacts.flatMap(([id, { type, properties }]): StackTemplate[] => {
    if (type === 'cdk:cloud-assembly' && properties?.directoryName) {
      return readAssembly(join(directory, properties.directoryName))
    }
    if (type !== 'aws:cloudformation:stack' || !properties?.templateFile) return []
    // The CDK writes no Resources for a stack without any.
    const template = { Resources: {}, ...readJson<Partial<Template>>(join(directory, properties.templateFile)) }
    return [{ name: properties.stackName ?? id, template, assets }]
  })
}

function readJson<T>(path: string, whatIfAbsent?: string): T {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T
  } catch (error) {
    throw new TemplateError(whatIfAbsent ?? `${path} cannot be read: ${(error as Error).message}`, { cause: error })
  }
}
