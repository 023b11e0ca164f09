/** Exports made for a test, and what is expected where one fails. */
import { defineExport, type ExportDefinition, sql } from '../../engine/catalogue.ts'
import { exportAll, type RunOptions } from './harness.ts'

/** It leaves nothing in the bucket, but chunks that were whole before the failure: a redrive goes on from them. */
export async function expectFailure(
  definition: ReturnType<typeof defineExport>,
  options: RunOptions,
  error: new (message: string) => Error,
  message: RegExp,
) {
  const before = await options.store.keys()
  const outcome = exportAll(definition, options)
  await expect(outcome).rejects.toThrow(error)
  await expect(outcome).rejects.toThrow(message)
  const left = (await options.store.keys()).filter((key) => !before.includes(key))
  if (options.budget !== 0) expect(left).toEqual([])
}

export function givenExport(query: string, columns: readonly string[], more: Partial<ExportDefinition> = {}) {
  return defineExport({
    name: 'given',
    title: 'Given',
    query: () => sql([query] as never),
    key: 'id',
    columns: Object.fromEntries(columns.map((name) => [name, name])),
    ...more,
  })
}
