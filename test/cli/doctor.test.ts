/** The doctor's report on accounts with few permissions or missing set-up, against a fake AWS. */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type Ended, run } from './command.ts'

interface Answer {
  status?: number
  body: object | string
  headers?: Record<string, string>
}
type Answers = (call: { path: string; action: string; request: IncomingMessage }) => Answer | undefined

const ARN = 'arn:aws:states:eu-west-1:111122223333:stateMachine:Shop-download'
const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:Shop-notifications'
const OUTPUTS = {
  CarryoutQueueUrl: 'https://sqs.eu-west-1.amazonaws.com/111122223333/Shop-requests.fifo',
  CarryoutDeadLetterQueueUrl: 'https://sqs.eu-west-1.amazonaws.com/111122223333/Shop-dead-letters.fifo',
  CarryoutStateMachineArn: ARN,
  CarryoutBucketName: 'shop-files',
  CarryoutTableName: 'Shop-table',
}

const DENIED: Answer = {
  status: 403,
  headers: { 'x-amzn-errortype': 'AccessDeniedException' },
  body: { __type: 'AccessDeniedException', message: 'User is not authorized to perform this' },
}

test('missing permissions are named, and do not fail the exit code', async () => {
  const { code, stdout } = await doctor(() => undefined)
  expect(stdout).toBe(
    [
      'ok       Region: eu-west-1 has function URLs for the links in mails.',
      'unknown  Concurrency: You do not have permission to check this.',
      '         Ask for the permission lambda:GetAccountSettings, and try again.',
      'unknown  Functions: You do not have permission to check this.',
      '         Ask for the permission lambda:GetFunction, and try again.',
      '',
    ].join('\n'),
  )
  expect(code).toBe(0)
})

test('before the deployment a new account’s quota of ten is found to be too small', async () => {
  const { code, stdout } = await doctor(
    ({ path }) =>
      path.includes('account-settings') ? { body: { AccountLimit: { ConcurrentExecutions: 10 } } } : undefined,
    { deployed: false },
  )
  expect(stdout).toMatch(
    /^failed +Concurrency: The account may run 10 functions at once .* AWS requires 100 to stay unreserved\.\n +Raise the quota .* to 112 or more: aws service-quotas/m,
  )
  expect(stdout).toMatch(/^warning +Stack: There is no stack “Carryout”.*\n +npx cdk deploy\n$/m)
  expect(code).toBe(1)
})

test('a region without function URLs is found before the deployment', async () => {
  const { stdout, code } = await doctor(() => undefined, { deployed: false, region: 'ap-southeast-7' })
  expect(stdout).toMatch(/^failed +Region: ap-southeast-7 has no Lambda function URLs/m)
  expect(code).toBe(1)
})

test.each([
  ['S3', 'storage', /gateway endpoint for S3/],
  ['Step Functions', 'stepFunctions', /interface endpoint for states/],
])('a missing route to %s is named with the subnets and the endpoint', async (name, part, advice) => {
  const { stdout, code } = await doctor(deployed({ [part]: TIMED_OUT }))
  expect(stdout).toMatch(
    new RegExp(`^failed +Route to ${name}: Not reached from subnet-a, subnet-b: TimeoutError`, 'm'),
  )
  expect(stdout).toMatch(advice)
  expect(stdout.match(/^failed/gm)).toHaveLength(1)
  expect(code).toBe(1)
})

test('an unreadable secret and an account without tables are distinguished', async () => {
  const { stdout } = await doctor(
    deployed({
      secret: {
        ok: false,
        millis: 9,
        error: 'DatabaseUnavailable',
        message: 'cannot be read (AccessDeniedException).',
      },
      database: { ok: true, millis: 9, facts: { ...FACTS, tables: 0, privileges: [] } },
    }),
  )
  expect(stdout).toMatch(/^failed +Secret: .*AccessDeniedException.*\n +Add an interface endpoint for secretsmanager/m)
  expect(stdout).toMatch(
    /^failed +Grants: carryout@% sees no table in shop\.\n +GRANT SELECT ON shop\.\* TO 'carryout'@'%';$/m,
  )
})

test('while an export has the slot, the network is not checked and no problem is reported', async () => {
  const answers = deployed({})
  const { stdout, code } = await doctor((call) =>
    call.path.endsWith('/invocations')
      ? {
          status: 429,
          headers: { 'x-amzn-errortype': 'TooManyRequestsException' },
          body: { Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded', message: 'Rate Exceeded.' },
        }
      : answers(call),
  )
  expect(stdout).toMatch(/^unknown +Network: An export is running and has the database’s slot\.\n +Try again/m)
  expect(code).toBe(0)
})

test('an unconfirmed subscription is a failure, with the command that sends the mail again', async () => {
  const { stdout, code } = await doctor(deployed({}, { subscriptionArn: 'PendingConfirmation' }))
  expect(stdout).toMatch(
    new RegExp(
      `^failed +Subscriptions: ops@example.com has not confirmed.\\n.*aws sns subscribe --topic-arn ${TOPIC} --protocol email --notification-endpoint ops@example.com$`,
      'm',
    ),
  )
  expect(code).toBe(1)
})

test('a sender without an identity in SES is a failure', async () => {
  const { stdout } = await doctor(deployed({}, { knowsSender: false }))
  expect(stdout).toMatch(/^failed +Mail sender: Neither shop@example.com nor example.com is an identity of SES/m)
  expect(stdout).toMatch(/^ok +Subscriptions: 1 subscription, all confirmed\.$/m)
})

const TIMED_OUT = { ok: false, millis: 4_000, error: 'TimeoutError', message: 'Connection timed out after 2000 ms' }
const FACTS = { version: '8.0.36', account: 'carryout@%', schema: 'shop', tables: 3, privileges: ['SELECT'] }

/** A stack whose `export-chunk` gives this answer to a checkup. */
function deployed(checkup: object, { subscriptionArn = `${TOPIC}:1`, knowsSender = true } = {}): Answers {
  const reached = { ok: true, millis: 5 }
  const answer = {
    ...{ storage: reached, stepFunctions: reached, secret: reached, exports: 2 },
    ...{ database: { ...reached, facts: FACTS }, ...checkup },
  }
  return ({ path, action }) => {
    if (path.includes('account-settings')) return { body: { AccountLimit: { ConcurrentExecutions: 1000 } } }
    if (path.endsWith('/invocations')) return { body: answer }
    if (path.includes('event-source-mappings')) return { body: { EventSourceMappings: [{ State: 'Enabled' }] } }
    const [, name] = /\/functions\/([^/?]+)$/.exec(path) ?? []
    if (name)
      return { body: { Configuration: configurationOf(name), Concurrency: { ReservedConcurrentExecutions: 1 } } }
    if (path === '/v2/email/account') {
      return { body: { ProductionAccessEnabled: true, SendingEnabled: true, EnforcementStatus: 'HEALTHY' } }
    }
    if (path.startsWith('/v2/email/identities/')) {
      if (knowsSender) return { body: { VerifiedForSendingStatus: true } }
      return {
        status: 404,
        headers: { 'x-amzn-errortype': 'NotFoundException' },
        body: { message: 'no such identity' },
      }
    }
    if (action === 'ListSubscriptionsByTopic') {
      const member = `<member><Protocol>email</Protocol><Endpoint>ops@example.com</Endpoint><SubscriptionArn>${subscriptionArn}</SubscriptionArn></member>`
      return { body: xml(action, `<Subscriptions>${member}</Subscriptions>`) }
    }
    return undefined
  }
}

function configurationOf(name: string) {
  return {
    ...{ FunctionName: name, Runtime: 'nodejs24.x', State: 'Active', LastUpdateStatus: 'Successful', CodeSize: 3e6 },
    VpcConfig: { SubnetIds: ['subnet-a', 'subnet-b'] },
    Environment: { Variables: { CARRYOUT_TOPIC_ARN: TOPIC, CARRYOUT_MAIL_FROM: 'Shop <shop@example.com>' } },
  }
}

/** Calls that `answers` does not list are denied, except finding the stack. */
async function doctor(answers: Answers, { deployed = true, region = 'eu-west-1' } = {}): Promise<Ended> {
  const server = createServer(async (request, response) => {
    const body = await text(request)
    const action = String(request.headers['x-amz-target'] ?? new URLSearchParams(body).get('Action') ?? '')
    const { pathname } = new URL(request.url ?? '', 'http://localhost')
    const call = { path: decodeURIComponent(pathname), action, request }
    const answer = action === 'DescribeStacks' ? stacks(deployed) : (answers(call) ?? DENIED)
    const { status = 200, headers = {} } = answer
    response.writeHead(status, headers)
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    return await run(['doctor'], {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    })
  } finally {
    server.close()
  }
}

function stacks(deployed: boolean): Answer {
  if (!deployed) {
    const message = 'Stack with id Carryout does not exist'
    const error = `<Error><Type>Sender</Type><Code>ValidationError</Code><Message>${message}</Message></Error>`
    return { status: 400, body: `<ErrorResponse>${error}</ErrorResponse>` }
  }
  const outputs = Object.entries(OUTPUTS).map(
    ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  )
  return { body: xml('DescribeStacks', `<Stacks><member><Outputs>${outputs.join('')}</Outputs></member></Stacks>`) }
}

function xml(action: string, result: string): string {
  return `<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`
}
