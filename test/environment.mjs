/**
 * Jest's environment for Node, in a context with an ordinary global object. Jest contextifies a proxy, so that V8 asks an
 * interceptor for each global: `Math.imul` takes over a hundred times as long, enough to make exports in tests slow. What is lost is
 * Jest's cleaning of globals after a test file.
 */
import vm from 'node:vm'
import { TestEnvironment } from 'jest-environment-node'

export default class PlainGlobalEnvironment extends TestEnvironment {
  constructor(...options) {
    const { createContext } = vm
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY)
    try {
      super(...options)
    } finally {
      vm.createContext = createContext
    }
  }
}
