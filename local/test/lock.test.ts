import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { lockState } from '../src/lock.ts'
import { makeStateDirectory, StateUnusable } from '../src/store.ts'
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

test('a cloud in another process is named, and once it is killed the directory is free', async () => {
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
    'holds a lock that is no lock',
    (path: string) => {
      mkdirSync(path)
      writeFileSync(join(path, 'lock.db'), 'x'.repeat(5000))
    },
  ],
])('a state directory that %s is unusable, with what to do', (_, spoil) => {
  const path = join(directory, 'state')
  spoil(path)
  expect(() => lockState(path)).toThrow(StateUnusable)
  expect(() => lockState(path)).toThrow(/cannot be used: [^.]*\. Name another with --state/)
})

test('a directory that was there is closed to others only where it is a state directory or empty', () => {
  const mode = (path: string) => statSync(path).mode & 0o777
  for (const [name, content, expected] of [
    ['empty', undefined, 0o700],
    ['state', 'carryout.db', 0o700],
    ['photos', 'holiday.jpg', 0o755],
  ] as const) {
    const path = join(directory, name)
    mkdirSync(path, { mode: 0o755 })
    if (content) writeFileSync(join(path, content), '')
    makeStateDirectory(path)
    expect([name, mode(path)]).toEqual([name, expected])
  }
})
