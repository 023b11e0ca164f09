/** Failed executions and dead letters as the command shows, replays and drops them. */
import { createOperator } from '../../client/operator.ts'
import { bury, givenRequest, outcomeOf } from '../support/pipeline.ts'
import { inProcess } from './command.ts'
import { carryout, cloud, environment, json, listed, REQUEST, sql } from './shop-cloud.ts'

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
    /redriven +1 ×[\s\S]*ExportChunk .*\s+QueryFailed: The database refused/,
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
