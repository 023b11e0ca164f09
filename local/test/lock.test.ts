import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { lockState } from '../src/lock.ts'
import { cutLogNotice, makeStateDirectory, openStore, StateUnusable, stateUnusable } from '../src/store.ts'
import { temporaryDirectory } from './messaging/support.ts'

let directory: string
beforeEach(() => {
  directory = temporaryDirectory()
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const MODULE = join(import.meta.dirname, '../src/lock.ts')
const HOLD = `import { lockState } from ${JSON.stringify(MODULE)}; lockState(process.argv[1]); console.log('held'); setInterval(() => {}, 1000)`

test('a second cloud in this process is refused until the first gives the directory back', () => {
  const release = lockState(directory)
  expect(() => lockState(directory)).toThrow(StateUnusable)
  expect(() => lockState(directory)).toThrow(`in use by another local cloud (process ${process.pid})`)
  release()
  lockState(directory)()
})

test('a cloud in another process is named, and the directory is free once it is killed', async () => {
  const holder = spawn(process.execPath, ['--input-type=module-typescript', '-e', HOLD, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(holder.stdout, 'data')
  expect(() => lockState(directory)).toThrow(`(process ${holder.pid})`)
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  lockState(directory)()
})

test('a child that outlives a killed cloud does not keep its directory', async () => {
  const release = lockState(directory)
  const child = promisify(execFile)(process.execPath, ['-e', 'setTimeout(() => {}, 300)'])
  release()
  lockState(directory)()
  await child
})

test.each([
  ['is a file', (path: string) => writeFileSync(path, 'x')],
  [
    'holds a lock that is not a lock',
    (path: string) => {
      mkdirSync(path)
      writeFileSync(join(path, 'lock.db'), 'x'.repeat(5000))
    },
  ],
])('a state directory that %s is unusable, and the message says what to do', (_, spoil) => {
  const path = join(directory, 'state')
  spoil(path)
  expect(() => lockState(path)).toThrow(StateUnusable)
  expect(() => lockState(path)).toThrow(/cannot be used: [^.]*\. Name another with --state/)
})

test('a state directory that was readable by others is made private with everything in it', () => {
  const mode = (path: string) => statSync(path).mode & 0o777
  for (const content of [undefined, 'carryout.db', 'assembly']) {
    const path = join(directory, content ?? 'empty')
    mkdirSync(path, { mode: 0o755 })
    if (content) writeFileSync(join(path, content), 'secret', { mode: 0o644 })
    mkdirSync(join(path, 'outbox'), { mode: 0o755 })
    writeFileSync(join(path, 'outbox', 'mail.eml'), 'x', { mode: 0o664 })
    makeStateDirectory(path)
    expect([path, join(path, 'outbox'), join(path, 'outbox', 'mail.eml')].map(mode)).toEqual([0o700, 0o700, 0o600])
    if (content) expect(mode(join(path, content))).toBe(0o600)
  }
})

test('a directory of something else is refused and left as it is', () => {
  const path = join(directory, 'photos')
  mkdirSync(path, { mode: 0o755 })
  writeFileSync(join(path, 'holiday.jpg'), '')
  expect(() => lockState(path)).toThrow(
    /holds holiday\.jpg, .*must be new or empty\. Name another with --state <dir>\.$/,
  )
  expect(readdirSync(path)).toEqual(['holiday.jpg'])
  expect(statSync(path).mode & 0o777).toBe(0o755)
})

test('a truncated database is not taken for a new one, so files keep their data', () => {
  mkdirSync(join(directory, 's3'))
  writeFileSync(join(directory, 'carryout.db'), '')
  expect(() => openStore(directory)).toThrow(
    /carryout\.db is empty\. Lost are .*The bytes of the files are in s3\/blobs/,
  )
})

/** So many steps of one row each, as a killed process leaves them: none is in the database file yet. */
function givenKilledAfter(steps: number): string {
  const killed = join(directory, 'killed')
  const store = openStore(join(directory, 'alive'))
  store.exec('PRAGMA wal_autocheckpoint = 0; CREATE TABLE steps (text TEXT)')
  for (let step = 0; step < steps; step++) store.prepare('INSERT INTO steps VALUES (?)').run('x'.repeat(3000))
  mkdirSync(killed)
  for (const name of ['carryout.db', 'carryout.db-wal'])
    copyFileSync(join(directory, 'alive', name), join(killed, name))
  store.close()
  return killed
}

test('a zeroed page in the database is found at the start, which says what is lost and what is kept', () => {
  const state = givenKilledAfter(20)
  openStore(state).close()
  const file = openSync(join(state, 'carryout.db'), 'r+')
  writeSync(file, Buffer.alloc(4096), 0, 4096, 8 * 4096)
  expect(() => openStore(state)).toThrow(
    /cannot be used: its database is damaged \(.*\)\. Lost are .*\. The bytes of the files are in s3\/blobs/,
  )
})

test('a truncated write-ahead log keeps the steps before the cut, and it is reported', () => {
  const state = givenKilledAfter(20)
  const log = join(state, 'carryout.db-wal')
  expect(cutLogNotice(state)).toBeUndefined()
  truncateSync(log, statSync(log).size - 10_000)
  expect(cutLogNotice(state)).toMatch(
    /was cut in the middle of a step\. That step is lost, .* everything before it is kept/,
  )
  const store = openStore(state)
  const { kept } = store.prepare('SELECT count(*) AS kept FROM steps').get() as { kept: number }
  expect(kept).toBeGreaterThan(15)
  expect(kept).toBeLessThan(20)
  store.close()
})

test('a state directory on a full disk is not to be deleted', () => {
  writeFileSync(join(directory, 'carryout.db'), 'x')
  const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
  expect(stateUnusable(directory, full).message).toMatch(/Make room .*nothing is lost\.$/)
  expect(stateUnusable(directory, new Error('EACCES: permission denied')).message).not.toMatch(/[Dd]elete/)
})
