import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { guarantees, guaranteesTable, TABLE } from './guarantees.ts'
import { mutants } from './mutants/mutants.ts'

const read = (file: string) => readFileSync(join(import.meta.dirname, '..', file), 'utf8')

test('the table of guarantees is what node test/guarantees.ts writes', () => {
  expect(readFileSync(TABLE, 'utf8')).toBe(guaranteesTable())
})

test.each(guarantees.flatMap(({ tests }) => tests))('%s has the test “%s”', (file, name) => {
  expect(read(file)).toContain(name)
})

test.each(mutants)('the mutant “$name” applies, and its suites exist', ({ file, from, to, guarantee, suites }) => {
  // Once, and no more: else another place would be changed.
  expect(read(file).split(from)).toHaveLength(2)
  expect(to).not.toBe(from)
  expect(guarantees[guarantee - 1]).toBeDefined()
  for (const suite of suites) expect([suite, existsSync(join(import.meta.dirname, '..', suite))]).toEqual([suite, true])
})

test('each mutant has a unique name', () => {
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length)
})
