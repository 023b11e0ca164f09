/** All mutants, by the folder that they change. */
import { clientMutants } from './clients.ts'
import { engineMutants } from './engine.ts'
import { functionMutants } from './functions.ts'
import { localMutants } from './local.ts'
import type { Mutant } from './mutant.ts'
import { mysqlMutants } from './mysql.ts'
import { sourceMutants } from './sources.ts'

export const mutants: Mutant[] = [
  ...engineMutants,
  ...mysqlMutants,
  ...sourceMutants,
  ...functionMutants,
  ...clientMutants,
  ...localMutants,
]
