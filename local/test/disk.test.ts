import { DatabaseSync } from 'node:sqlite'
import { isDiskFull, unlessFull, watchDisk } from '../src/disk.ts'
import { createLogs } from '../src/logs/logs.ts'
import { explainFault } from '../src/user-error.ts'
import { openCloud, task } from './states/cloud.ts'

const enospc = () => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })

/** SQLite's own answer to a full disk, without one. */
function fill(store: DatabaseSync) {
  const { page_count: pages } = store.prepare('PRAGMA page_count').get() as { page_count: number }
  store.exec(`PRAGMA max_page_count = ${pages}`)
}
const makeRoom = (store: DatabaseSync) => store.exec('PRAGMA max_page_count = 100000')

test('work waits while the disk is full, and it is reported once', async () => {
  const said: string[] = []
  const disk = watchDisk({ directory: '/state', onProgress: (line) => said.push(line), pauseMillis: 1 })
  let failures = 3
  const work = () => {
    if (failures-- > 0) throw enospc()
    return 'done'
  }
  expect(await Promise.all([disk.patiently(work), disk.patiently(() => 'at once')])).toEqual(['done', 'at once'])
  expect(said).toEqual([
    'The disk with /state is full, so running work waits. Make room, and it continues automatically.',
    'There is room on the disk again, and waiting work continues.',
  ])
})

test('work that fails for another reason or is aborted does not wait', async () => {
  const disk = watchDisk({ pauseMillis: 1 })
  await expect(disk.patiently(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  await expect(disk.patiently(() => Promise.reject(enospc()), AbortSignal.abort())).rejects.toThrow('ENOSPC')
})

test('a full disk is recognized by the errors of files, SQLite and LevelDB', () => {
  const sqlite = (errcode: number) => Object.assign(new Error('database or disk is full'), { errcode })
  expect([enospc(), sqlite(13), sqlite(4874), new Error('x', { cause: enospc() })].every(isDiskFull)).toBe(true)
  expect(isDiskFull(new Error('IO error: /state/dynamodb/000005.log: No space left on device'))).toBe(true)
  expect([sqlite(11), new Error('full'), 'ENOSPC'].some(isDiskFull)).toBe(false)
  expect(() =>
    unlessFull(() => {
      throw enospc()
    })(),
  ).not.toThrow()
  expect(() =>
    unlessFull(() => {
      throw new Error('x')
    })(),
  ).toThrow('x')
})

test('an execution pauses while the disk is full and continues where it was', async () => {
  const blob = 'x'.repeat(50_000)
  let calls = 0
  const cloud = await openCloud(
    async () => {
      if (calls++ === 0) fill(cloud.store)
      return { blob }
    },
    { disk: watchDisk({ pauseMillis: 1, onProgress: (line) => line.includes('full') && makeRoom(cloud.store) }) },
  )
  const { status, output } = await cloud.run({ A: task({ Next: 'B' }), B: task() })
  expect(status).toBe('SUCCEEDED')
  expect((output as { blob: string }).blob).toHaveLength(blob.length)
  // The first call was repeated, because its result could not be stored.
  expect(calls).toBe(3)
  await cloud.close()
})

test('logs drop lines when the disk is full, say how many, and free their older half', () => {
  const store = new DatabaseSync(':memory:')
  const logs = createLogs({ store })
  const write = (message: string) => {
    logs.write({ group: 'g', stream: 's', message })
    logs.flush()
  }
  for (let i = 0; i < 100; i++) write(`${i} ${'x'.repeat(1000)}`)
  fill(store)
  write('y'.repeat(200_000))
  const count = () => (store.prepare('SELECT count(*) AS n FROM log_events').get() as { n: number }).n
  expect(count()).toBeLessThan(60)
  write('after')
  const last = store
    .prepare('SELECT message FROM log_events ORDER BY id DESC LIMIT 2')
    .all()
    .map(({ message }) => message)
  expect(last).toEqual(['after', '1 lines of all logs were lost here: the disk was full.'])
})

test('logs leave the last free space to everything else', () => {
  const store = new DatabaseSync(':memory:')
  let free = 1024
  let at = 0
  const disk = watchDisk({ directory: '/', freeBytes: () => free, now: () => at })
  const logs = createLogs({ store, disk })
  const write = (message: string) => {
    logs.write({ group: 'g', stream: 's', message })
    logs.flush()
  }
  write('lost')
  free = 1e9
  write('lost, too: the disk was looked at less than a second ago')
  at = 1000
  write('kept')
  const kept = store
    .prepare('SELECT message FROM log_events ORDER BY id')
    .all()
    .map(({ message }) => message)
  expect(kept).toEqual(['2 lines of all logs were lost here: the disk was full.', 'kept'])
})

test('an expected end of a running local cloud is one sentence, its own bugs keep their stack trace', () => {
  expect(explainFault(enospc(), '/state')).toMatch(/^The disk with \/state is full, .*what ran goes on\.$/)
  const damaged = Object.assign(new Error('database disk image is malformed'), { code: 'ERR_SQLITE_ERROR' })
  expect(explainFault(damaged, '/state')).toMatch(/cannot be read any more \(database disk image is malformed\)/)
  expect(explainFault(new TypeError('x is undefined'), '/state')).toBeUndefined()
})
