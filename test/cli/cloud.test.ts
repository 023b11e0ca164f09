/** The command in a cloud: what is missing, logs, and the doctor. */
import { start } from './command.ts'
import { carryout, environment, REQUEST } from './shop-cloud.ts'
import './examined-cloud.ts'

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
