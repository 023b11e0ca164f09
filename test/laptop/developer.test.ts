/** `carryout init` and `carryout try`: an export over the user's own tables, and what it gives, without a cloud. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'

const ROOT = join(import.meta.dirname, '../..')
const COMMAND = join(ROOT, 'cli/carryout.ts')
const ROWS = 30_000

let database: FreshDatabase
let DATABASE_URL: string
let home: string
beforeAll(async () => {
  database = await freshDatabase()
  const { user, password, host, port, database: schema } = database.connection
  DATABASE_URL = `mysql://${user}:${encodeURIComponent(password)}@${host}:${port}/${schema}`
  const connection = await database.connect()
  await connection.query('CREATE TABLE audit (what VARCHAR(20))')
  await connection.query(`CREATE TABLE \`class\` (
    id INT PRIMARY KEY, \`order\` INT NOT NULL, \`first name\` VARCHAR(20), \`back\`\`tick\` INT, \`2nd\` INT, \`2024\` INT)`)
  await connection.query("INSERT INTO `class` VALUES (1, 7, 'Hanako', 3, 4, 6), (2, 8, NULL, NULL, 5, 9)")
  await connection.query('CREATE TABLE parts (a INT, b INT, note VARCHAR(20), PRIMARY KEY (a, b))')
  await connection.query("INSERT INTO parts VALUES (1, 1, 'x'), (1, 2, '雪')")
  await connection.query('CREATE TABLE many (id INT PRIMARY KEY, note VARCHAR(40) NOT NULL)')
  const rows = Array.from({ length: ROWS }, (_, id) => `(${id}, 'note of the row ${id}')`)
  for (let at = 0; at < ROWS; at += 10_000) {
    await connection.query(`INSERT INTO many VALUES ${rows.slice(at, at + 10_000).join()}`)
  }
  await connection.end()
  home = mkdtempSync(join(tmpdir(), 'carryout-developer-'))
})
afterAll(async () => {
  await database.drop()
  rmSync(home, { recursive: true, force: true })
})

test('init writes an export of the first table with a primary key, whatever its name, and try prints its rows', async () => {
  const folder = emptyFolder('first')
  const { stdout, stderr } = await carryout(folder, ['init'])
  expect(stderr).toMatch(/audit \(about \d rows?, no primary key\)/)
  expect(stdout).toContain('Wrote:\n  cdk.json\n  app.mts\n  exports/class.ts\n  exports/index.ts\n  .gitignore\n')
  const shown = await carryout(folder, ['try', 'class', '--limit', '5', '--json'])
  expect(JSON.parse(shown.stdout)).toEqual([
    { Id: '1', Order: '7', 'First name': 'Hanako', 'Back`tick': '3', '2nd': '4', '2024': '6' },
    { Id: '2', Order: '8', 'First name': '', 'Back`tick': '', '2nd': '5', '2024': '9' },
  ])
  expect(readdirSync(folder).filter((name) => name.startsWith('.carryout'))).toEqual([])
})

test('init takes the chosen table, and changes no file that is there', async () => {
  const folder = emptyFolder('chosen')
  writeFileSync(join(folder, 'cdk.json'), '{}')
  mkdirSync(join(folder, 'exports'))
  writeFileSync(join(folder, 'exports/index.ts'), '// mine\n')
  const { stdout } = await carryout(folder, ['init', '--table', 'parts'])
  expect(stdout).toContain('Wrote:\n  exports/parts.ts\n')
  expect(stdout).toContain('left unchanged:\n  exports/index.ts\n')
  expect(stdout).toContain('Add parts of exports/parts.ts to the catalogue in exports/index.ts.')
  expect(stdout).toContain("new Carryout(this, 'Carryout', {")
  expect(readFileSync(join(folder, 'exports/index.ts'), 'utf8')).toBe('// mine\n')
  expect(readFileSync(join(folder, 'cdk.json'), 'utf8')).toBe('{}')
  expect(readFileSync(join(folder, 'exports/parts.ts'), 'utf8')).not.toContain('\n  key:')
})

describe('try', () => {
  let folder: string
  beforeAll(async () => {
    folder = emptyFolder('many')
    await carryout(folder, ['init', '--table', 'many'])
  })

  test('writes the whole file and prints its checksum', async () => {
    const { stdout } = await carryout(folder, ['try', 'many', '--output', 'many.csv', '--json'])
    const file = readFileSync(join(folder, 'many.csv'))
    const lines = Array.from({ length: ROWS }, (_, id) => `${id},note of the row ${id}\r\n`)
    expect(file.toString()).toBe(`Id,Note\r\n${lines.join('')}`)
    expect(JSON.parse(stdout)).toEqual({
      path: join(folder, 'many.csv'),
      rows: ROWS,
      bytes: file.length,
      crc32: crc32(file).toString(16).padStart(8, '0'),
    })
  })

  test('shows how the database would run the query', async () => {
    const { stdout } = await carryout(folder, ['try', 'many', '--explain'])
    expect(stdout.split('\n')[0]).toMatch(/select_type +table +type/)
    expect(stdout).toContain('PRIMARY')
  })

  test.each([
    [['nothing'], /^carryout: There is no export "nothing".* The catalogue has many\.\n$/],
    [['many', '--catalogue', 'no.ts'], /^carryout: There is no catalogue no\.ts in .*\n$/],
  ])('refuses %j with a sentence', async (args, sentence) => {
    const { stderr } = await carryout(folder, ['try', ...args]).then(
      () => ({ stderr: 'It was not refused.' }),
      (error: { stderr: string }) => error,
    )
    expect(stderr).toMatch(sentence)
  })
})

/** Makes an empty folder with Carryout installed in it, like npm would. */
function emptyFolder(name: string): string {
  const folder = join(home, name)
  mkdirSync(join(folder, 'node_modules'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{}')
  symlinkSync(ROOT, join(folder, 'node_modules/carryout'))
  return folder
}

function carryout(cwd: string, args: string[]) {
  return new Promise<{ stdout: string; stderr: string }>((resolve, reject) => {
    const env = { PATH: process.env.PATH, DATABASE_URL }
    execFile(process.execPath, [COMMAND, ...args], { cwd, env }, (error, stdout, stderr) => {
      if (error) reject(Object.assign(error, { stderr }))
      else resolve({ stdout, stderr })
    })
  })
}
