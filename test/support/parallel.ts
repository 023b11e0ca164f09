import { join } from 'node:path'
import { changedAssembly, changeFunction } from './assembly.ts'

/**
 * Makes the test assembly with `order-items` in several ranges, and with as many slots at the database.
 *
 * @param directory directory for the assembly
 */
export async function parallelAssembly(
  directory: string,
  { ranges, slots }: { ranges: number; slots: number },
): Promise<string> {
  const assembly = await changedAssembly(join(directory, 'parallel'), 'export-chunk', (properties) => {
    properties.ReservedConcurrentExecutions = slots
  })
  const divide = (bundle: string) => {
    const changed = bundle.replace(/\bparallelism:1(?=\}\))/, `parallelism:${ranges}`)
    if (changed === bundle) throw new Error('The bundle of prepare has no export of parallelism 1')
    return changed
  }
  // With fewer slots, ranges would wait for each other like concurrent executions.
  changeFunction(
    assembly,
    'prepare',
    ({ Environment }) => {
      Environment.Variables.CARRYOUT_MAX_CONCURRENT_QUERIES = String(ranges)
    },
    divide,
  )
  return assembly
}
