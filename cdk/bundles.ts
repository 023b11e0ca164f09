/**
 * The functions' code: handlers that need the app's catalogue are bundled with it, the others come prebuilt with the
 * package.
 */
import { cpSync, writeFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { Stack } from 'aws-cdk-lib'
import { Code } from 'aws-cdk-lib/aws-lambda'
import type { Construct } from 'constructs'
import { bundleAll } from './bundling/bundle.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** The package's root folder. */
export const ROOT = join(import.meta.dirname, '..')
/** `.ts` in the repository, which runs without a build; `.js` in the published package. */
export const EXTENSION = extname(import.meta.filename)
/** Where the published package has the prebuilt functions. */
const READY = join(ROOT, 'bundles')

/** The files in `functions/` that make a handler from the catalogue, each with the name of its factory. */
export const CATALOGUE_HANDLERS = { prepare: 'createPrepare', 'export-chunk': 'createExportChunk' } as const
export type CatalogueHandler = keyof typeof CATALOGUE_HANDLERS

/** The files in `functions/` that export a handler. */
const PLAIN_HANDLERS = [
  'start',
  'finish',
  'notify',
  'halt',
  'discard',
  'open-link',
  'record',
  'mail-requester',
  'note-feedback',
  'call-webhook',
  'confirm-notice',
] as const
type PlainHandler = (typeof PLAIN_HANDLERS)[number]

export const HANDLERS = [...PLAIN_HANDLERS, 'prepare', 'export-chunk'] as const
export type Handler = (typeof HANDLERS)[number]

let bundles: string | undefined

/**
 * Returns the code of a handler bundled with everything it imports, including the SDK, so that a laptop runs exactly
 * what is deployed, regardless of the SDK version in Lambda's runtime.
 *
 * @param options.catalogueBundles makes the bundles with the catalogue; undefined if the handler needs none
 * @param options.files texts to deploy beside it, by file name
 */
export function codeOf(
  scope: Construct,
  handler: Handler,
  options: { catalogueBundles: (() => string) | undefined; files?: Readonly<Record<string, string>> | undefined },
): Code {
  if (!Stack.of(scope).bundlingRequired) return Code.fromAsset(join(ROOT, 'functions'))
  const { catalogueBundles, files = {} } = options
  const bundle = bundleOf(handler, catalogueBundles)
  return Code.fromAsset(Object.keys(files).length === 0 ? bundle : copyWith(files, bundle))
}

function bundleOf(handler: Handler, catalogueBundles: (() => string) | undefined): string {
  if (isCatalogueHandler(handler)) return join(catalogueBundles!(), handler)
  if (EXTENSION === '.js') return join(READY, handler)
  bundles ??= temporaryFolder()
  return bundlePlain(bundles, handler)
}

/** Copies the bundle, because two stacks of one app may deploy the same handler with different files. */
function copyWith(files: Readonly<Record<string, string>>, bundle: string): string {
  const copy = temporaryFolder()
  cpSync(bundle, copy, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(copy, name), text)
  return copy
}

export function isCatalogueHandler(handler: Handler): handler is CatalogueHandler {
  return handler in CATALOGUE_HANDLERS
}

const made = new Set<string>()

/**
 * Bundles all handlers in one process; NodejsFunction would start one through npx for each, which takes five times as
 * long.
 */
function bundlePlain(outdir: string, handler: PlainHandler): string {
  if (!made.has(outdir)) bundlePlainHandlers(outdir)
  made.add(outdir)
  return join(outdir, handler)
}

/** Bundles every handler that needs no catalogue, each to `<handler>/index.mjs`. */
export function bundlePlainHandlers(outdir: string): void {
  const bundlings = PLAIN_HANDLERS.map((handler) => ({
    code: [`export { handler } from './functions/${handler}${EXTENSION}'`],
    outdir: join(outdir, handler),
    // They load almost nothing on demand.
    isWhole: true,
  }))
  bundleAll({ root: ROOT, bundlings })
}
