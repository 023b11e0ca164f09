/** Loads a handler from its bundle as the Node runtime does: only the bundle and the AWS SDK are available. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire, isBuiltin, registerHooks } from 'node:module'
import { basename, dirname, join, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { types } from 'node:util'
import {
  CallbackHandlerDeprecated,
  HandlerNotFound,
  ImportModuleError,
  MalformedHandlerName,
  UserCodeSyntaxError,
} from './worker-errors.ts'

export interface Context {
  awsRequestId: string
  invokedFunctionArn: string
  functionName: string
  functionVersion: string
  memoryLimitInMB: string
  logGroupName: string
  logStreamName: string
  clientContext: unknown
  identity: undefined
  xRayTraceId: string
  getRemainingTimeInMillis(): number
}

export type UserHandler = (event: unknown, context: Context) => unknown

/** Packages in `/var/runtime`, which a bundle may omit. */
const IN_THE_RUNTIME = /^@(aws-sdk|smithy)\//

/**
 * @param codeDirectory without symbolic links
 * @throws the errors of `worker-errors.ts`, or whatever the module throws while it is loaded
 */
export async function loadHandler(codeDirectory: string, handlerName: string): Promise<UserHandler> {
  const match = /^(.*?)([^/.]+)\.(.+)$/.exec(handlerName)
  if (!match) throw new MalformedHandlerName('Bad handler')
  if (handlerName.includes('..')) {
    throw new MalformedHandlerName(
      `'${handlerName}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    )
  }
  const [, folder = '', module = '', path = ''] = match
  confineTo(codeDirectory)
  const handler = find(await load(codeDirectory, join(codeDirectory, folder, module)), path.split('.'))
  if (!handler) throw new HandlerNotFound(`${handlerName} is undefined or not exported`)
  if (typeof handler !== 'function') throw new HandlerNotFound(`${handlerName} is not a function`)
  if (handler.length >= 3) {
    throw new CallbackHandlerDeprecated(
      'AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. ' +
        'You need to modify this function to use a supported handler signature to use Node.js 24 or later.',
    )
  }
  return handler as UserHandler
}

async function load(root: string, file: string): Promise<unknown> {
  try {
    for (const extension of ['', '.js', '.mjs', '.cjs']) {
      const candidate = file + extension
      if (extension === '' ? !/\.[cm]?js$/.test(candidate) || !existsSync(candidate) : !existsSync(candidate)) continue
      const isModule =
        candidate.endsWith('.mjs') || (candidate.endsWith('.js') && packageIn(root, candidate)?.type === 'module')
      return isModule ? await import(pathToFileURL(candidate).href) : requireIn(root, candidate)
    }
  } catch (error) {
    // The full text, as on AWS: name, message and, for require(), the stack of requiring files.
    if (error instanceof SyntaxError) {
      const wrapped = new UserCodeSyntaxError(String(error), { cause: error })
      wrapped.stack = error.stack
      throw wrapped
    }
    if (types.isNativeError(error) && (error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') {
      throw new ImportModuleError(String(error), { cause: error })
    }
    throw error
  }
  throw new ImportModuleError(`Error: Cannot find module '${basename(file)}'\nRequire stack:\n- /var/runtime/index.mjs`)
}

/**
 * Requires a file. On AWS no `package.json` above a bundle can make its `.js` files ES modules, but on a laptop the
 * repository's would. So the file is compiled without a declared format, and Node detects it by its syntax, as on AWS.
 */
function requireIn(root: string, file: string): unknown {
  const require = createRequire(file)
  // Officially deprecated, but the only place where CommonJS decides by the nearest package.json.
  const extensions = require.extensions as Record<string, (module: NodeJS.Module, file: string) => void>
  const usual = extensions['.js']
  extensions['.js'] = (module, path) => {
    if (!isIn(root, path) || packageIn(root, path)) return usual?.(module, path)
    const compiler = module as NodeJS.Module & { _compile(source: string, file: string): void }
    compiler._compile(readFileSync(path, 'utf8'), path)
  }
  return require(file)
}

/**
 * Makes a package that is neither in the bundle nor in the runtime missing, as on AWS, even if the laptop's repository
 * has it.
 */
function confineTo(root: string) {
  const rootUrl = pathToFileURL(root + sep).href
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const bare = /^[^./]/.test(specifier) && !/^[a-z]+:/.test(specifier) && !isBuiltin(specifier)
      if (!bare || !context.parentURL?.startsWith(rootUrl)) return nextResolve(specifier, context)
      const found = attempt(() => nextResolve(specifier, context))
      if (found?.url.startsWith(rootUrl)) return found
      if (IN_THE_RUNTIME.test(specifier)) return nextResolve(specifier, { ...context, parentURL: import.meta.url })
      const importer = fileURLToPath(context.parentURL)
      const error: NodeJS.ErrnoException = context.conditions.includes('require')
        ? Object.assign(new Error(`Cannot find module '${specifier}'\nRequire stack:\n- ${importer}`), {
            code: 'MODULE_NOT_FOUND',
          })
        : Object.assign(new Error(`Cannot find package '${specifier}' imported from ${importer}`), {
            code: 'ERR_MODULE_NOT_FOUND',
          })
      throw error
    },
  })
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch {
    return undefined
  }
}

/** Returns the nearest package.json inside the bundle. */
function packageIn(root: string, file: string): { type?: string } | undefined {
  for (let folder = dirname(file); isIn(root, folder); folder = dirname(folder)) {
    const path = join(folder, 'package.json')
    if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8'))
  }
  return undefined
}

function isIn(root: string, path: string): boolean {
  return path === root || path.startsWith(root + sep)
}

function find(module: unknown, path: string[]): unknown {
  const at = (start: unknown) =>
    path.reduce<unknown>(
      (value, key) => (value && typeof value === 'object' ? (value as Record<string, unknown>)[key] : undefined),
      start,
    )
  return at(module) ?? at((module as { default?: unknown } | undefined)?.default)
}
