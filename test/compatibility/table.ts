/** The table in docs/compatibility.md: a row for each check, a column for each server, filled by the runs themselves. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const DOCUMENT = join(import.meta.dirname, '../../docs/compatibility.md')

/** Servers that people deploy on. Those that no run has been on say so in their cells. */
export const SERVERS = ['MySQL 8.0', 'MySQL 8.4', 'MySQL 9', 'Aurora MySQL 3', 'MariaDB 10.11', 'MariaDB 11.8'] as const
export const NOT_RUN = 'not run'

const BEGIN = '<!-- compatibility: written by npm run compatibility -->\n'
const END = '<!-- end of compatibility -->'

/** Check → server → `yes`, `no` or `not run`; and with the first row, the version that was run. */
export type Table = Map<string, Map<string, string>>

/** @returns the server's column: by its major version alone from MySQL 9 on, whose releases follow each other quickly */
export function serverName({ version, aurora }: { version: string; aurora: string | null }): string {
  const [major, minor] = version.split('.')
  if (aurora !== null) return `Aurora MySQL ${aurora.split('.')[0]}`
  if (/mariadb/i.test(version)) return `MariaDB ${major}.${minor}`
  return Number(major) >= 9 ? `MySQL ${major}` : `MySQL ${major}.${minor}`
}

export function readTable(markdown = readFileSync(DOCUMENT, 'utf8')): Table {
  const block = markdown.slice(markdown.indexOf(BEGIN) + BEGIN.length, markdown.indexOf(END))
  const [head, , ...rows] = block.trim().split('\n').map(cellsOf)
  const servers = head!.slice(1)
  return new Map(
    rows.map(([check, ...cells]) => [check!, new Map(servers.map((server, index) => [server, cells[index]!]))]),
  )
}

/** Puts one server's column into the document, which keeps the others. */
export function writeColumn(server: string, column: ReadonlyMap<string, string>): void {
  const markdown = readFileSync(DOCUMENT, 'utf8')
  const table = readTable(markdown)
  const servers = [...new Set([...SERVERS, ...(table.values().next().value?.keys() ?? []), server])]
  const rows = [...column.keys()].map((check) => {
    const cell = (name: string) => (name === server ? column.get(check) : table.get(check)?.get(name)) ?? NOT_RUN
    return [check, ...servers.map(cell)]
  })
  const lines = [['', ...servers], ['', ...servers].map(() => '---'), ...rows].map(
    (cells) => `| ${cells.join(' | ')} |`,
  )
  const from = markdown.indexOf(BEGIN) + BEGIN.length
  writeFileSync(DOCUMENT, `${markdown.slice(0, from)}${lines.join('\n')}\n${markdown.slice(markdown.indexOf(END))}`)
}

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())
}
