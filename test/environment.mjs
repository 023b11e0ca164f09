/**
 * Jest's environment without a vm context: a suite runs in its worker's own realm, with Node's loader (see runtime.mjs and
 * docs/decisions.md). What the suite changes in the process is restored at its end.
 */
import { ModernFakeTimers } from '@jest/fake-timers'
import { ModuleMocker } from 'jest-mock'

const { console, process } = globalThis
const { env, exit } = process

export default class OwnRealm {
  global = globalThis
  moduleMocker = new ModuleMocker(globalThis)
  #variables = { ...env }

  constructor({ globalConfig, projectConfig }) {
    if (globalConfig.watch || globalConfig.watchAll) {
      throw new Error(
        'Jest cannot watch here, because it would keep the product’s modules. Run the tests again instead.',
      )
    }
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis })
    Object.assign(globalThis, projectConfig.globals)
  }

  async setup() {}

  async teardown() {
    this.fakeTimersModern.dispose()
    this.moduleMocker.restoreAllMocks()
    globalThis.console = console
    Object.assign(process, { env, exit })
    for (const name of Object.keys(env)) if (!(name in this.#variables)) delete env[name]
    Object.assign(env, this.#variables)
  }

  exportConditions() {
    return ['node', 'node-addons']
  }

  getVmContext() {
    return null
  }
}
