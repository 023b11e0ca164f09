/**
 * Jest's runtime with Node's own loader instead of a vm context for each suite (see docs/decisions.md). Product code and packages are
 * loaded once for all suites of a worker.
 */
import { createRequire, registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const require = createRequire(import.meta.url)
const ROOT = pathToFileURL(join(import.meta.dirname, '..')).href
/**
 * Folders whose modules each suite loads again: the tests, which register hooks and keep what they made, and the handlers and
 * examples with their library, which read the process's variables when they are loaded.
 */
const OWN = ['test', 'local/test', 'functions', 'examples', 'node_modules/@aws-lambda-powertools'].map(
  (folder) => `${ROOT}/${folder}/`,
)
const MARK = '?suite='
const HELD = Symbol.for('carryout.test.runtime')

/** Counts the suites. Modules with the same number know each other. */
let generation = 0
/** Jest's object for the suite that runs. */
let current
/** The exports that `unstable_mockModule` gives a module, by its specifier. */
const mocks = new Map()
globalThis[HELD] = { object: () => ({ jest: current }), mock: (specifier) => mocks.get(specifier) }

registerHooks({
  resolve(specifier, context, next) {
    const made = (kind) => ({ url: `jest-${kind}:${generation}/${specifier}`, format: 'module', shortCircuit: true })
    if (specifier === '@jest/globals') return made('object')
    if (!context.parentURL?.includes(MARK)) return next(specifier, context)
    if (mocks.has(specifier)) return made('mock')
    const found = next(specifier, context)
    return OWN.some((folder) => found.url.startsWith(folder)) ? { ...found, url: marked(found.url) } : found
  },
  load(url, context, next) {
    const [, kind, specifier] = /^jest-(object|mock):\d+\/(.*)$/.exec(url) ?? []
    if (!kind) return next(url, context)
    const names = Object.keys(globalThis[HELD][kind](specifier))
    const held = `globalThis[Symbol.for('${HELD.description}')].${kind}('${specifier}')`
    return { format: 'module', source: `export const { ${names.join(', ')} } = ${held}`, shortCircuit: true }
  },
})

function marked(url) {
  return `${url}${MARK}${generation}`
}

export default class NodeRuntime {
  constructor(_config, { moduleMocker, fakeTimersModern: timers }) {
    // What the suites use of Jest's object.
    current = {
      spyOn: (object, method) => moduleMocker.spyOn(object, method),
      restoreAllMocks: () => moduleMocker.restoreAllMocks(),
      useFakeTimers: (config) => timers.useFakeTimers(config),
      useRealTimers: () => timers.useRealTimers(),
      setSystemTime: (now) => timers.setSystemTime(now),
      advanceTimersByTime: (millis) => timers.advanceTimersByTime(millis),
      advanceTimersByTimeAsync: (millis) => timers.advanceTimersByTimeAsync(millis),
      getTimerCount: () => timers.getTimerCount(),
      unstable_mockModule: (specifier, make) => void mocks.set(specifier, make()),
      /** Own modules that are imported from now on are loaded again. */
      resetModules: () => void generation++,
    }
    mocks.clear()
    generation++
  }

  /** Jest's framework keeps its state in its module and in a global list of handlers, so each suite loads it again. */
  requireInternalModule(path) {
    delete require.cache[path]
    delete globalThis[Symbol.for('EVENT_HANDLERS')]
    return require(path)
  }

  requireModule(path) {
    return require(path)
  }

  unstable_shouldLoadAsEsm() {
    return true
  }

  async unstable_importModule(path) {
    await import(marked(pathToFileURL(path).href))
  }

  /** Node replaces types by blanks, so lines and columns are those of the sources. */
  getSourceMaps() {
    return new Map()
  }

  getAllCoverageInfoCopy() {
    return {}
  }

  setGlobalsForRuntime() {}
  enterTestCode() {}
  leaveTestCode() {}
  teardown() {}
}
