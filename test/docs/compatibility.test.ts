/** The table of docs/compatibility.md has a cell for each check on each server; the runs fill it (test/compatibility). */
import { readFileSync } from 'node:fs'
import { DOCUMENT, NOT_RUN, readTable, SERVERS, serverName } from '../compatibility/table.ts'

const table = readTable()

test('the table has a column for every server that people deploy on', () => {
  for (const cells of table.values()) expect([...cells.keys()]).toEqual(expect.arrayContaining([...SERVERS]))
})

test('each cell says yes, no, or that there was no run on the server', () => {
  for (const [check, cells] of table) {
    const allowed = check === 'version' ? /^(\d+(\.\d+)+|not run)$/ : /^(yes|no|not run)$/
    for (const cell of cells.values()) expect(cell).toMatch(allowed)
  }
})

test('each server has a complete run or none', () => {
  for (const server of SERVERS) {
    const cells = [...table.values()].map((row) => row.get(server) === NOT_RUN)
    expect(new Set(cells).size).toBe(1)
  }
})

test('the document has the command for a column that no run here can fill', () => {
  expect(readFileSync(DOCUMENT, 'utf8')).toMatch(/CARRYOUT_TEST_DATABASE_URL=mysql:\/\/\S+ npm run compatibility/)
})

test.each([
  ['10.11.18-MariaDB-0+deb12u1', null, 'MariaDB 10.11'],
  ['9.7.4-2', null, 'MySQL 9'],
  ['8.4.5', null, 'MySQL 8.4'],
  ['8.0.39', '3.08.2', 'Aurora MySQL 3'],
])('the version %s (Aurora: %s) is in the column %s', (version, aurora, server) => {
  expect(serverName({ version, aurora })).toBe(server)
})
