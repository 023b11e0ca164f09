/**
 * Jest's environment for Node, with a context whose globals are its own. Jest puts a proxy before them, through which
 * each `Math.imul` takes a hundred times as long: enough to make exports in tests slow.
 */
import vm from 'node:vm'
import { TestEnvironment } from 'jest-environment-node'

export default class extends TestEnvironment {
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
