import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { parse } from 'csv-parse/sync'
import { testAssembly } from '../support/cloud.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'

const DEMO = join(import.meta.dirname, '../../laptop/demo.ts')

const HTML = { headers: { accept: 'text/html', 'accept-language': 'en' } }

let folder: string
let database: FreshDatabase
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'carryout-demo-'))
  database = await freshDatabase()
  // Synthesized once for all tests.
  mkdirSync(join(folder, '.carryout'))
  symlinkSync(await testAssembly(), join(folder, '.carryout', 'assembly'))
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await database?.drop()
})

test('the demo ends with the file from the e-mail’s link', async () => {
  const { code, stdout, stderr } = await demo('--once', '--port', '0', '--orders', '500')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  for (const step of ['Prepare', 'ExportChunk', 'Finish', 'Notify'])
    expect(stdout).toMatch(new RegExp(`s  ${step} +[\\d.]+ s`))
  expect(stdout).toContain('│ Subject: Your download is ready: Orders')
  const [, path, rows, bytes] = /\nfile: (downloads\/.+\.csv) \((\d+) rows, (\d+) bytes\)\n$/.exec(stdout)!
  const file = readFileSync(join(folder, path!))
  expect(file.length).toBe(Number(bytes))
  expect(parse(file, { columns: true })).toHaveLength(Number(rows))
  expect(rows).toBe('500')
})

test('without --once it keeps running until Ctrl-C and suggests what to try', async () => {
  const child = start('--port', '0', '--shop-port', '0', '--orders', '500')
  let stdout = ''
  let page: Promise<string[]> | undefined
  child.stdout.on('data', (data) => {
    stdout += data
    if (!stdout.includes('/_carryout/outbox\n')) return
    const [, shop = ''] = /^ {2}The shop’s admin page: (\S+)$/m.exec(stdout) ?? []
    const [, cloud] = /(http:\S+)\/_carryout\/outbox\n/.exec(stdout)!
    page ??= Promise.all([shop, `${cloud}/`].map(async (url) => (await fetch(url, HTML)).text())).finally(() =>
      child.kill('SIGINT'),
    )
  })
  expect(await ended(child)).toBe(0)
  const [shop, operatorConsole] = (await page)!
  expect(shop).toContain('<carryout-download export="orders"')
  expect(/^.*https?:.*$/m.exec(stdout)?.[0]).toMatch(/^ {2}The shop’s admin page: /)
  // The address of the boot opens the operator's console, which has the demo's download.
  expect(operatorConsole).toMatch(/<h1[^>]*>Downloads[\s\S]+\/_carryout\/executions\//)
  expect(stdout).toMatch(/file: .* \(500 rows, \d+ bytes\)\n/)
  for (const command of ['aws sqs send-message', 'npx carryout list', 'npx carryout replay broken --wait']) {
    expect(stdout).toContain(command)
  }
  const message = /--message-body '(.*)'/.exec(stdout)![1]!
  expect(JSON.parse(message)).toMatchObject({ export: 'orders', requestedBy: 'hanako@example.com' })
})

test('a port in use is reported in a sentence', async () => {
  const busy = createServer().listen(0, '127.0.0.1')
  await once(busy, 'listening')
  const { port } = busy.address() as AddressInfo
  const { code, stderr } = await demo('--once', '--port', String(port))
  busy.close()
  expect(code).toBe(1)
  expect(stderr).toMatch(
    new RegExp(`^Port ${port} of 127.0.0.1 is in use, .* choose another port with --port <n>\\.\\n$`),
  )
})

test.each([
  [['--orders', '0'], '--orders must be a whole number from 1 to 1000000000, not “0”.'],
  [['--port', 'http'], '--port must be a whole number from 0 to 65535, not “http”.'],
  [['--one'], "Unknown option '--one' (Did you mean --once?)"],
])('%j is refused', async (args, sentence) => {
  const { code, stderr } = await demo(...args)
  expect({ code, line: stderr.split('\n')[0] }).toEqual({ code: 2, line: sentence })
})

function start(...args: string[]) {
  const { connection } = database
  const url = new URL(`mysql://${connection.host}:${connection.port}/${connection.database}`)
  Object.assign(url, { username: connection.user, password: connection.password })
  return spawn(process.execPath, [DEMO, ...args], {
    cwd: folder,
    env: { ...process.env, DATABASE_URL: url.href },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function demo(...args: string[]) {
  const child = start(...args)
  const [code, stdout, stderr] = await Promise.all([ended(child), text(child.stdout), text(child.stderr)])
  return { code, stdout, stderr }
}

function ended(child: ReturnType<typeof start>): Promise<number | null> {
  return new Promise((resolve) => child.once('close', resolve))
}
