import { readFileSync } from 'node:fs'
import { inProcess, run } from './command.ts'

const BY = ['--requested-by', 'hanako@example.com']

test('the process ends with the exit code, and no stack trace', async () => {
  expect(await run(['lst'])).toEqual({
    code: 2,
    stdout: '',
    stderr: "carryout: Unknown command 'lst' (Did you mean list?)\n",
  })
})

describe('invalid arguments are refused in a sentence, with exit code 2', () => {
  test.each([
    [['lst'], "Unknown command 'lst' (Did you mean list?)"],
    [['--stak', 'X', 'list'], "Unknown option '--stak' (Did you mean --stack?)"],
    [['request', 'orders', '--formt', 'csv'], "Unknown option '--formt' (Did you mean --format?)"],
    [['request', 'orders', '-w'], "Unknown option '-w'"],
    [
      ['request', 'orders', '--format', 'parket', ...BY],
      "Option '--format <format>' argument 'parket' is invalid. Allowed choices are csv, tsv, jsonl, xlsx, parquet.",
    ],
    [
      ['request', 'orders', '--requested-by', '--wait'],
      "Option '--requested-by <e-mail>' argument '--wait' is invalid. It needs a value.",
    ],
    [['request', 'orders', '--params'], "Option '--params <json>' argument missing."],
    [['request', 'orders', '--wait=yes', ...BY], "Unknown option '--wait=yes'"],
    [['request', ...BY], "Missing required argument 'export'."],
    [['request', 'orders'], '--requested-by is missing: it says who gets the e-mail.'],
    [['request', 'orders', '--params', "{'from':1}", ...BY], '--params is not JSON: '],
    [
      ['request', 'orders', '--params', '[1]', ...BY],
      '--params must be a JSON object. Write a JSON object in single quotes',
    ],
    [
      ['request', 'orders', '--requested-by', 'hanako'],
      'The request is not valid: requestedBy is wrong: it must be an e-mail address',
    ],
    [
      ['request', 'orders', '--id', 'a b', ...BY],
      'The request is not valid: id is wrong: it must be 1 to 80 characters of A-Z a-z 0-9 - _',
    ],
    [['list', 'orders'], "Too many arguments for 'list'. Expected 0 arguments but got 1"],
    [['list', '--limit', '-1'], '--limit must be a whole number of at least 1, not “-1”.'],
    [['list', '--status', 'fialed'], "Option '--status <status>' argument 'fialed' is invalid. Allowed choices are"],
    [['list', '--since', 'yesterday'], '--since must be a number with m, h or d, such as 7d, or a time such as'],
    [['replay'], 'Pass the id of an execution, --status failed for many, or --stop <name>.'],
    [['replay', 'x', '--error', 'QueryFailed'], '--error is only for --status failed. Remove it.'],
    [['replay', '--status', 'failed', '--wait'], '--wait is only for one execution. Remove it.'],
    [['replay', '--stop', 'x', '--reason', 'y'], '--stop takes no --reason. Remove it.'],
    [['dead-letters', '--drop', 'x'], '--drop needs --reason, because a deleted message cannot be looked up.'],
    [['dead-letters', '--reason', 'x'], '--reason needs --send or --drop <message-id>.'],
    [['request', '--from', 'x', '--id', 'y'], '--from takes no --id, because the request gets a new one. Remove --id.'],
    [['show'], "Missing required argument 'id'."],
    [['show', 'a', 'b'], "Too many arguments for 'show'. Expected 1 argument but got 2"],
    [['logs', '--since', 'yesterday'], '--since must be a number with m, h or d, such as 30m, not “yesterday”.'],
    [['logs', 'a b'], '“a b” cannot be a request’s id.'],
  ])('carryout %j', async (args, sentence) => {
    const { code, stdout, stderr } = await inProcess(args)
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(`carryout: ${sentence}`),
    })
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  })
})

describe('an unreachable AWS is reported in a sentence, with exit code 3', () => {
  const keys = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' }
  test.each([
    ['no region', keys, 'No AWS region is set. Set AWS_REGION, or use --region.'],
    [
      'no credentials',
      { AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: 'http://127.0.0.1:1' },
      'There are no AWS credentials: ',
    ],
    [
      'nothing at the endpoint',
      { ...keys, AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: 'http://127.0.0.1:1' },
      'Nothing answers at 127.0.0.1:1. Check AWS_ENDPOINT_URL',
    ],
  ])('%s', async (_, env, sentence) => {
    const { code, stdout, stderr } = await run(['list', '--json'], env)
    expect(stderr).toContain(`carryout: ${sentence}`)
    expect(JSON.parse(stdout)).toMatchObject({ error: { message: expect.stringContaining(sentence) } })
    expect(code).toBe(3)
  })
})

describe('help', () => {
  test('lists every command, and is shown if none is given', async () => {
    const asked = await run(['--help'])
    expect(asked).toMatchObject({ code: 0, stderr: '' })
    for (const command of ['request', 'list', 'show', 'replay', 'download', 'logs'])
      expect(asked.stdout).toContain(`\n  ${command}`)
    expect(await run([])).toEqual({ code: 2, stdout: '', stderr: asked.stdout })
  })

  test.each(['request', 'list', 'show', 'replay', 'download', 'logs'])(
    'of %s lists its options and the exit codes',
    async (name) => {
      const { code, stdout } = await inProcess([name, '--help'])
      expect(code).toBe(0)
      expect(stdout).toContain(`Usage: carryout ${name}`)
      expect(stdout).toMatch(/--json [\s\S]*130 {2}Ctrl-C/)
    },
  )

  test('the version is the package’s', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    expect(await run(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  })
})
