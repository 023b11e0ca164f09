import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createOperator } from '../../client/operator.ts'
import { fillShop } from '../../laptop/shop/fill.ts'
import { startTestCloud, type TestCloud } from '../support/cloud.ts'
import { bury, givenRequest, outcomeOf } from '../support/pipeline.ts'
import { type Ended, inProcess, run, start } from './command.ts'

const ORDERS = 300
const REQUEST = [
  'request',
  'orders',
  '--params',
  '{"from":"2026-01-01","to":"2027-01-01"}',
  '--requested-by',
  'hanako@example.com',
]

let cloud: TestCloud
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'carryout-command-'))
  cloud = await startTestCloud()
  await fillShop(cloud.schema!.connection, { orders: ORDERS })
}, 180_000)
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await cloud?.close()
})

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

test('a failed execution shows its step, its reason and what to do, and is replayed', async () => {
  await sql('RENAME TABLE customers TO gone')
  const failed = await carryout(...REQUEST, '--id', 'broken', '--wait')
  expect(failed.code).toBe(1)
  expect(failed.stdout).toMatch(/^Failed at ExportChunk after .*\n +error +QueryFailed\n +reason +The database refused/)
  expect(failed.stdout).toContain('npx carryout replay broken')
  expect(json(await carryout('show', 'broken', '--json'))).toMatchObject({
    status: 'FAILED',
    redrivable: true,
    failure: { step: 'ExportChunk', error: 'QueryFailed' },
    toDo: expect.stringContaining('Then replay'),
  })
  await listed(['--status', 'failed'], /broken +failed +orders .* - +QueryFailed\n/)
  expect(await carryout('download', 'broken')).toMatchObject({ code: 4 })

  await sql('RENAME TABLE gone TO customers')
  const replayed = await carryout('replay', 'broken', '--wait')
  expect(replayed).toMatchObject({ code: 0, stdout: expect.stringContaining('Succeeded after') })
  expect(replayed.stderr).toContain('Redriven broken\n')
  expect((await carryout('show', 'broken')).stdout).toMatch(
    /redriven +1 ×[\s\S]*ExportChunk .* QueryFailed: The database refused/,
  )
})

test('failed executions are listed by error and replayed together, and one is sent again with other parameters', async () => {
  const here = (...args: string[]) => inProcess(args)
  const before = { ...process.env }
  Object.assign(process.env, environment())
  await sql('RENAME TABLE customers TO gone')
  for (const id of ['lost-1', 'lost-2', 'lost-3'])
    await here(...REQUEST, '--id', id, '--requested-by', 'lost@example.com')
  await here('request', 'ordres', '--requested-by', 'taro@example.com', '--id', 'misspelt', '--wait')
  const filter = ['--error', 'QueryFailed', '--requested-by', 'LOST@example.com', '--since', '1h']
  await listed(filter, /lost-3 +failed[\s\S]*lost-1 +failed/, here)
  await sql('RENAME TABLE gone TO customers')
  const first = await here('list', ...filter, '--limit', '2')
  expect(first.stdout.trimEnd().split('\n')).toHaveLength(3)
  expect(first.stderr).toBe('2 of 3. More with --limit.\n')
  await listed(['--error', 'UnknownExport'], /misspelt/, here)

  const which = ['--status', 'failed', '--error', 'QueryFailed', '--requested-by', 'lost@example.com']
  const dry = await here('replay', ...which, '--dry-run')
  expect(dry.stdout).toMatch(/^id .*\nlost-1 .*\nlost-2 .*\nlost-3 .*\n$/)
  expect(dry.stderr).toBe('3 executions would be replayed. Nothing was changed.\n')
  const all = [...which, '--name', 'mended', '--reason', 'the table is back']
  expect(await here('replay', ...all)).toMatchObject({ code: 0, stdout: 'Replaying 3 executions as mended\n' })
  await listed(['--status', 'ready'], /lost-3[\s\S]*lost-2[\s\S]*lost-1/, here)
  expect((await here('replay', '--stop', 'mended')).stdout).toBe(
    'Stopped mended: 3 replayed, 0 skipped, 0 left untouched\n',
  )
  expect(await here('replay', '--stop', 'never')).toMatchObject({ code: 4 })

  const params = '{"from":"2026-01-01","to":"2026-02-01"}'
  const edited = json(await here('request', 'orders', '--from', 'misspelt', '--params', params, '--wait', '--json'))
  expect(edited).toMatchObject({ status: 'SUCCEEDED' })
  const { id } = edited as { id: string }
  expect((await here('list', '--error', 'UnknownExport')).stdout).toContain(`UnknownExport, sent again as ${id}`)
  process.env = before
})

test('dead letters are listed, sent again, and dropped with a recorded reason', async () => {
  const before = { ...process.env }
  Object.assign(process.env, environment())
  for (const id of ['dead-1', 'dead-2']) await bury(cloud, givenRequest({ id }))
  const letters = async () => {
    const answer = json(await inProcess(['dead-letters', '--json'])) as { deadLetters: Record<string, string>[] }
    return answer.deadLetters.map(({ messageId, body }) => ({ messageId: messageId!, id: JSON.parse(body!).id }))
  }
  const [first, second] = await letters()
  expect([first!.id, second!.id]).toEqual(['dead-1', 'dead-2'])
  expect((await inProcess(['dead-letters'])).stdout).toMatch(/^message +group[\s\S]*dead-1[\s\S]*dead-2/)
  const sent = await inProcess(['dead-letters', '--send', first!.messageId])
  expect(sent).toMatchObject({ code: 0, stdout: `Sent ${first!.messageId} again\n` })
  expect((await outcomeOf(cloud, 'dead-1')).status).toBe('SUCCEEDED')
  const dropped = await inProcess(['dead-letters', '--drop', second!.messageId, '--reason', 'nobody needs it'])
  expect(dropped).toMatchObject({ code: 0, stdout: `Dropped ${second!.messageId}\n` })
  expect(await letters()).toEqual([])
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const operator = createOperator(
    { stackName: 'Carryout' },
    { endpoint: cloud.endpointUrl, region: cloud.region, credentials },
  )
  expect((await operator.queueActions())[0]).toMatchObject({ action: 'dropDeadLetter', reason: 'nobody needs it' })
  process.env = before
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

test('a missing execution has exit code 4, a missing stack 3', async () => {
  for (const command of ['show', 'replay', 'download', 'cancel']) {
    const { code, stderr } = await carryout(command, 'never')
    expect({ code, stderr }).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('There is no execution “never”.'),
    })
  }
  expect(await carryout('list', '--stack', 'Takeaway')).toEqual({
    code: 3,
    stdout: '',
    stderr:
      'carryout: There is no stack “Takeaway” in this account and region. Deploy it, choose another with --stack, or check --region, --profile and AWS_ENDPOINT_URL.\n',
  })
})

describe('the doctor', () => {
  test('finds no problem in a working stack, and checks the database from the function that queries', async () => {
    const { code, stdout, stderr } = await carryout('doctor')
    expect(stderr).toBe('')
    expect(stdout).not.toMatch(/^(failed|unknown)/m)
    expect(stdout).toMatch(/^ok +Concurrency: .* 1,000 functions at once in this region; the stack reserves 12\.$/m)
    expect(stdout).toMatch(/^ok +Queue: It feeds start\.$/m)
    expect(stdout).toMatch(/^ok +Route to S3: Reached from subnet-\w+, subnet-\w+ in \d+ ms\.$/m)
    expect(stdout).toMatch(/^ok +Route to Step Functions: Reached/m)
    expect(stdout).toMatch(/^ok +Secret: Reached/m)
    expect(stdout).toMatch(/^ok +Database: .*, reached as \S+@\S+\.$/m)
    expect(stdout).toMatch(/^ok +Grants: \S+ sees \d+ tables in \w+, and can only read\.$/m)
    expect(stdout).toMatch(/^ok +Catalogue: \d+ exports, in \d+\.\d MB of code\.$/m)
    expect(stdout).toMatch(/^ok +Subscriptions: \d+ subscriptions?, all confirmed\.$/m)
    expect(stdout).toMatch(
      /^ok +Mail account: SES is out of its sandbox\.\nok +Mail sender: downloads@example\.com is verified\.\n$/m,
    )
    expect(code).toBe(0)
  })

  test('reports problems with grants, SES and a pause, with the commands that fix them', async () => {
    const { user, host } = await exporterAccount()
    await sql(`GRANT INSERT ON ${cloud.schema!.database}.orders TO '${user}'@'${host}'`)
    cloud.ses.account.sandbox = true
    expect((await carryout('pause', '--reason', 'the doctor comes', '--by', 'a test')).code).toBe(0)
    try {
      const examined = await carryout('doctor', '--json')
      const { findings } = json(examined) as {
        findings: { check: string; state: string; message: string; fix?: string }[]
      }
      const wrong = findings.filter(({ state }) => state !== 'ok')
      expect(wrong.map(({ check, state }) => [check, state])).toEqual([
        ['Queue', 'warning'],
        ['Grants', 'warning'],
        ['Mail account', 'failed'],
      ])
      expect(wrong[0]).toMatchObject({ message: expect.stringContaining('(the doctor comes)'), fix: 'carryout resume' })
      expect(wrong[1]!.message).toContain('can do more than read: INSERT.')
      expect(wrong[1]!.fix).toContain(`GRANT SELECT ON ${cloud.schema!.database}.* TO '${user}'@'${host}'`)
      expect(examined.code).toBe(1)
    } finally {
      await carryout('resume')
      cloud.ses.account.sandbox = false
      await sql(`REVOKE INSERT ON ${cloud.schema!.database}.orders FROM '${user}'@'${host}'`)
    }
  })

  test('finds an account that lost its privileges, and names the grant', async () => {
    const { user, host } = await exporterAccount()
    const all = `\`${cloud.schema!.database.replaceAll('_', '\\_')}\`.*`
    await sql(`REVOKE SELECT ON ${all} FROM '${user}'@'${host}'`)
    try {
      const { stdout, code } = await carryout('doctor')
      expect(stdout).toMatch(/^failed +(Database|Grants): /m)
      expect(stdout).toMatch(/^ok +Secret: /m)
      expect(code).toBe(1)
    } finally {
      await sql(`GRANT SELECT ON ${all} TO '${user}'@'${host}'`)
    }
  })
})

/** The account that functions log in with. */
async function exporterAccount() {
  const { username } = cloud.schema!.exporter
  const connection = await cloud.schema!.connect()
  const [rows] = await connection.query('SELECT Host AS host FROM mysql.user WHERE user = ?', [username])
  await connection.end()
  return { user: username, host: (rows as { host: string }[])[0]!.host }
}

test('logs are followed until Ctrl-C', async () => {
  const { child, ended } = start(['logs', '--follow', '--json'], environment())
  const id = 'followed'
  await carryout(...REQUEST, '--id', id)
  let seen = ''
  child.stdout!.on('data', (data) => {
    seen += data
    if (seen.includes(`\\"requestId\\":\\"${id}\\"`) && seen.includes('Announced')) child.kill('SIGINT')
  })
  await ended
  const lines = seen.trimEnd().split('\n')
  expect(new Set(lines).size).toBe(lines.length)
  expect(lines.map((line) => Object.keys(JSON.parse(line) as object))).toEqual(
    lines.map(() => ['at', 'group', 'message']),
  )
})

function environment(): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: cloud.endpointUrl,
    AWS_REGION: cloud.region,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  }
}

function carryout(...args: string[]): Promise<Ended> {
  return run(args, environment())
}

/** The list follows by a moment. */
async function listed(options: string[], pattern: RegExp, command = carryout): Promise<void> {
  for (;;) {
    const { code, stdout } = await command('list', ...options)
    expect(code).toBe(0)
    if (pattern.test(stdout)) return
  }
}

function json({ stdout }: Ended): unknown {
  return JSON.parse(stdout)
}

async function sql(statement: string): Promise<void> {
  const connection = await cloud.schema!.connect()
  await connection.query(statement)
  await connection.end()
}
