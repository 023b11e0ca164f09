/** A request of the command, from its waiting to its end. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { start } from './command.ts'
import { carryout, cloud, environment, folder, json, listed, ORDERS, REQUEST } from './shop-cloud.ts'

test('a request is waited for, listed, shown and downloaded', async () => {
  const requested = await carryout(...REQUEST, '--id', 'spring', '--language', 'ja', '--wait')
  expect(requested.code).toBe(0)
  expect(requested.stdout).toMatch(/^Succeeded after [\d.]+ s\n/)
  expect(requested.stdout).toMatch(new RegExp(`key +s3://.*/files/spring/.*\\n +rows +${ORDERS}\\n +bytes`))
  expect(requested.stderr).toMatch(/^Requested spring\nwaits in the queue · [\d.]+ s\n/)

  await listed([], /^id +status +export.*\n(.*\n)*spring +ready +orders +hanako@example.com .* 300\n/)

  const shown = await carryout('show', 'spring')
  expect(shown.code).toBe(0)
  for (const fact of [
    /params +\{"from":"2026-01-01"/,
    /language +ja/,
    /ExportChunk +[\d.]+ s +[\d.]+ s +1\n/,
    /Succeeded after/,
  ]) {
    expect(shown.stdout).toMatch(fact)
  }

  const { file } = json(await carryout('show', 'spring', '--json')) as { file: { name: string; bytes: number } }
  const downloaded = await carryout('download', 'spring', '--output', folder)
  expect(downloaded).toMatchObject({ code: 0, stderr: '' })
  expect(downloaded.stdout).toContain(`${join(folder, file.name)} (300 rows, `)
  expect(readFileSync(join(folder, file.name)).length).toBe(file.bytes)
  expect((await carryout('download', 'spring', '--output', '/nowhere/at/all')).stderr).toMatch(
    /^carryout: \/nowhere\/at\/all cannot be written \(ENOENT\)\. Choose another path with --output\.\n$/,
  )
})

test('JSON is one document on standard output, whatever the command', async () => {
  const waited = json(await carryout(...REQUEST, '--wait', '--json')) as { id: string }
  expect(waited).toMatchObject({ status: 'SUCCEEDED', rows: ORDERS, file: { rows: ORDERS }, failure: null })
  const { id } = waited
  await listed(['--status', 'ready'], new RegExp(id))
  expect(json(await carryout('list', '--json', '--limit', '1'))).toMatchObject({
    downloads: [{ id, state: 'ready', rows: ORDERS }],
    count: 2,
    isComplete: true,
    waiting: { deadLetters: 0 },
  })
  expect(json(await carryout('show', id, '--json'))).toMatchObject({
    id,
    request: { export: 'orders' },
    steps: [{ state: 'Prepare', attempts: [{ error: null }] }, {}, {}, {}],
  })
  expect(json(await carryout('logs', id, '--json'))).toContainEqual(
    expect.objectContaining({ message: expect.stringContaining('"export":"orders"') }),
  )
  const replayed = json(await carryout('replay', id, '--json')) as { id: string }
  expect(replayed).toMatchObject({ redriven: false, id: expect.not.stringMatching(id) })
})

test('an id cannot be used twice: the same request is shown again, a different one is refused', async () => {
  const first = json(await carryout(...REQUEST, '--id', 'twice', '--wait', '--json'))
  const again = await carryout(...REQUEST, '--id', 'twice', '--wait', '--json')
  // The link is made again whenever it is asked for.
  expect(json(again)).toEqual({ ...(first as object), link: expect.anything() })
  expect(again.stderr).toContain('twice was requested before; it is not sent again.')
  const other = await carryout(...REQUEST, '--id', 'twice', '--format', 'xlsx')
  expect(other).toEqual({
    code: 2,
    stdout: '',
    stderr: 'carryout: The id “twice” belongs to another request. Send this one with a new id.\n',
  })
})

test('Ctrl-C ends the waiting but not the execution, and says how to follow it', async () => {
  const locked = await cloud.schema!.connect()
  await locked.query('LOCK TABLES orders WRITE')
  const { child, ended } = start([...REQUEST, '--id', 'patience', '--wait'], environment())
  child.stderr!.on('data', (data) => String(data).includes('ExportChunk') && child.kill('SIGINT'))
  const { code, stderr } = await ended
  await locked.end()
  expect(code).toBe(130)
  expect(stderr).toContain('The execution continues. To follow it: npx carryout show patience\n')
  expect(await carryout(...REQUEST, '--id', 'patience', '--wait')).toMatchObject({ code: 0 })
})

test('a request is cancelled while it waits and while it runs; one that has ended is left alone', async () => {
  expect((await carryout('pause', '--reason', 'a look at the tables')).code).toBe(0)
  await carryout(...REQUEST, '--id', 'not-now')
  expect(await carryout('cancel', 'not-now', '--reason', 'requested twice')).toEqual({
    code: 0,
    stdout: 'Cancelled not-now. When its turn comes, it ends without running the query.\n',
    stderr: '',
  })
  await carryout('resume')
  await listed(['--status', 'cancelled'], /^not-now +cancelled +orders/m)
  const locked = await cloud.schema!.connect()
  await locked.query('LOCK TABLES orders WRITE')
  try {
    const { child, ended } = start([...REQUEST, '--id', 'too-slow', '--wait'], environment())
    await new Promise<void>((resolve) => {
      child.stderr!.on('data', (data) => String(data).includes('ExportChunk') && resolve())
    })
    expect((await carryout('cancel', 'too-slow')).stdout).toBe(
      'Cancelled too-slow. It was running and has been stopped.\n',
    )
    expect((await ended).code).toBe(1)
  } finally {
    await locked.end()
  }
  expect(json(await carryout('cancel', 'too-slow', '--json'))).toEqual({ id: 'too-slow', was: 'over' })
})
