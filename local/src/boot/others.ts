/** Starts what the local cloud needs of other processes: the database server, and the synthesis of the assembly. */
import { type Database, openDatabase } from '../database/database.ts'
import type { CloudOptions } from '../options.ts'
import { readAssembly, type StackTemplate } from '../template/assembly.ts'

export interface Others {
  database: Database
  stacks: StackTemplate[]
}

/**
 * Starts both at once, and loads the services' modules while they run.
 *
 * @param load imports the modules
 * @param open collects what must be closed again, in reverse order
 * @throws in `others`: DatabaseUnusable, TemplateError, and the errors of `assembly`
 */
export function startOthers<Modules>(
  options: CloudOptions,
  load: () => Promise<Modules>,
  open: AsyncDisposableStack,
): { modules: Promise<Modules>; others: Promise<Others> } {
  const { stateDirectory, databaseUrl, databaseProduct: product, onDatabase, onProgress } = options
  // If one fails, the other is of no use.
  const failed = new AbortController()
  const signal = AbortSignal.any([failed.signal, ...(options.signal ? [options.signal] : [])])

  const reading = readStacks(options, signal)
  const database = async () =>
    typeof options.database === 'string' ? options.database : options.database(await reading)
  const launched = Promise.withResolvers<void>()
  const start = () =>
    openDatabase({
      ...{ stateDirectory, database, databaseUrl, product, onProgress, signal },
      onLaunch: launched.resolve,
    })
  // Loading blocks this process: a throwaway server's program must run by then, and the response of a server that runs
  // already must not be kept waiting.
  const modules = databaseUrl ? load() : launched.promise.then(load)
  const opening = databaseUrl ? modules.then(start) : start()
  opening.catch(() => undefined).finally(launched.resolve)

  for (const starting of [reading, opening]) starting.catch((error: unknown) => failed.abort(error))
  // It may still be starting when something else fails.
  open.defer(() => opening.then(({ stop }) => stop()).catch(() => undefined))
  if (onDatabase) opening.then(onDatabase, () => undefined)
  const others = together([reading, opening] as const).then(([stacks, opened]) => ({ stacks, database: opened }))
  // It is awaited later.
  others.catch(() => undefined)
  return { modules, others }
}

async function readStacks({ assembly }: CloudOptions, signal: AbortSignal): Promise<StackTemplate[]> {
  return readAssembly(typeof assembly === 'string' ? assembly : await assembly(signal))
}

/**
 * Returns all results or throws the first error, but only after all have ended, so that everything that was opened is
 * closed again.
 */
export async function together<T extends readonly unknown[]>(
  promises: T,
): Promise<{ -readonly [P in keyof T]: Awaited<T[P]> }> {
  const settled = await Promise.allSettled(promises)
  for (const outcome of settled) if (outcome.status === 'rejected') throw outcome.reason
  return settled.map((outcome) => (outcome as PromiseFulfilledResult<unknown>).value) as {
    -readonly [P in keyof T]: Awaited<T[P]>
  }
}
