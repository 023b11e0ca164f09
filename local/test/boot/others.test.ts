/** The database and the synthesis start at once. If one fails, the other is aborted. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startOthers } from '../../src/boot/others.ts'
import type { Database } from '../../src/database/database.ts'
import { DatabaseUnusable } from '../../src/database/errors.ts'
import type { CloudOptions } from '../../src/options.ts'
import { writeAssembly } from '../assembly.ts'

const PRODUCT = process.env.CARRYOUT_DATABASE || 'mariadb'

let stateDirectory: string
beforeEach(() => {
  stateDirectory = mkdtempSync(join(tmpdir(), 'carryout-others-'))
})
afterEach(() => rmSync(stateDirectory, { recursive: true, force: true }))

test('a database that cannot be used ends the synthesis', async () => {
  const endless = (signal: AbortSignal | undefined) =>
    new Promise<string>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
  await using open = new AsyncDisposableStack()
  const starting = given({ databaseUrl: 'mysql://nobody:x@127.0.0.1:1/shop', assembly: endless }, open)
  await expect(starting).rejects.toThrow(DatabaseUnusable)
})

test('a synthesis that fails ends the start of the database', async () => {
  const seen: Database[] = []
  const open = new AsyncDisposableStack()
  const making = Promise.withResolvers<string>()
  const assembly = async () => {
    await making.promise
    throw new Error('no such VPC')
  }
  const starting = given({ assembly, onProgress: making.resolve, onDatabase: (database) => seen.push(database) }, open)
  await expect(starting).rejects.toThrow('no such VPC')
  await open.disposeAsync()
  expect(seen).toEqual([])
  expect(readdirSync(join(stateDirectory, 'database')).filter((name) => name.startsWith('initialising-'))).toEqual([])
})

test('the schema can be named by the assembly, which is synthesized while the server starts', async () => {
  const order: string[] = []
  const making = Promise.withResolvers<void>()
  await using open = new AsyncDisposableStack()
  const { database, stacks } = await given(
    {
      assembly: async () => {
        order.push('synthesis')
        await making.promise
        writeAssembly(stateDirectory, { Outputs: { Schema: { Value: 'named_there' } } })
        order.push('synthesized')
        return stateDirectory
      },
      database: ([stack]) => stack!.template.Outputs!.Schema!.Value as string,
      onProgress(line) {
        order.push(line.split(' ')[0]!)
        making.resolve()
      },
      onDatabase: ({ database: schema }) => order.push(schema),
    },
    open,
  )
  expect(stacks).toHaveLength(1)
  expect(database.database).toBe('named_there')
  expect(order).toEqual(['synthesis', 'Making', 'synthesized', 'named_there'])
})

function given(options: Partial<CloudOptions>, open: AsyncDisposableStack) {
  return startOthers(
    { stateDirectory, port: 0, database: 'shop', databaseProduct: PRODUCT, assembly: stateDirectory, ...options },
    async () => undefined,
    open,
  ).others
}
