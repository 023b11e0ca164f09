/** Checks the network of queries, from inside the function that runs them. */
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda'
import type { Checkup, CheckupEvent, DatabaseFacts, NotReached } from '../../statemachine/checkup.ts'
import { count, counted } from '../../terminal/format.ts'
import { attempt, type Finding, failed, ok, unknown, warning } from './finding.ts'
import type { DeployedFunction } from './functions.ts'

const MEGABYTE = 1_000_000
/** Larger code takes seconds to load at each cold start. */
const LARGE_CODE_BYTES = 50 * MEGABYTE
const CHECK = 'Database'

/** @param execution the ARN of an execution that does not exist */
export function checkNetwork(lambda: LambdaClient, fn: DeployedFunction, execution: string): Promise<Finding[]> {
  const check = 'Network'
  return attempt(check, 'lambda:InvokeFunction', async () => {
    const event: CheckupEvent = { checkup: { execution } }
    try {
      const { Payload, FunctionError } = await lambda.send(
        new InvokeCommand({ FunctionName: fn.FunctionName, Payload: JSON.stringify(event) }),
      )
      const answer = JSON.parse(Buffer.from(Payload ?? []).toString() || 'null') as Checkup & { errorMessage?: string }
      if (FunctionError === undefined) return judge(answer, fn)
      return failed(
        check,
        `${fn.FunctionName} failed: ${answer?.errorMessage ?? FunctionError}`,
        'If it is of an older version, deploy the stack with the current package. Otherwise read its log.',
      )
    } catch (error) {
      const waits = error instanceof Error && WAITS[error.name]
      if (!waits) throw error
      return unknown(check, waits, 'Try again in a few minutes.')
    }
  })
}

const WAITS: Readonly<Record<string, string>> = {
  TooManyRequestsException: 'An export is running and has the database’s slot.',
  ResourceNotReadyException: 'The function’s network interface is being prepared.',
  ResourceConflictException: 'The function is being prepared.',
  ENINotReadyException: 'The function’s network interface is being prepared.',
}

function judge({ storage, stepFunctions, secret, database, exports }: Checkup, fn: DeployedFunction): Finding[] {
  const subnets = fn.VpcConfig?.SubnetIds ?? []
  const place = subnets.length === 0 ? '' : ` from ${subnets.join(', ')}`
  const reached = (check: string, result: { ok: true; millis: number } | NotReached, route: string): Finding =>
    result.ok
      ? ok(check, `Reached${place} in ${count(result.millis)} ms.`)
      : failed(check, `Not reached${place}: ${result.error}: ${result.message}`, adviceFor(result, route))
  return [
    reached('Route to S3', storage, 'Add a gateway endpoint for S3 to the subnets’ route tables, or a NAT gateway.'),
    reached(
      'Route to Step Functions',
      stepFunctions,
      'Add an interface endpoint for states, or a NAT gateway. Without it exports work, but stopping one ends its query late.',
    ),
    ...(secret === null
      ? []
      : [
          reached(
            'Secret',
            secret,
            'Add an interface endpoint for secretsmanager, or a NAT gateway; and check that database.secretArn is the secret’s complete ARN and its key is database.secretKeyArn.',
          ),
        ]),
    ...(database.ok ? judgeAccount(database.facts) : [failed(CHECK, database.message, databaseAdvice(database))]),
    judgeCatalogue(exports, fn.CodeSize ?? 0),
  ]
}

function adviceFor({ error }: NotReached, route: string): string {
  return /AccessDenied|Forbidden|^403$/.test(error)
    ? 'Allow it in the policy of the endpoint, the resource or the organization that denies it.'
    : route
}

function databaseAdvice({ error, message }: NotReached): string {
  if (error === 'DatabaseMisconfigured') return 'Correct database in the configuration, or the secret, and deploy.'
  if (error === 'QueryFailed') return 'Grant the account the privilege in the message.'
  if (/secret/i.test(message)) return 'See the check “Secret”.'
  return 'Allow the function’s security groups in the database’s security group, on its port. Check host, port, account and password.'
}

function judgeAccount({ version, account, schema, tables, privileges }: DatabaseFacts): Finding[] {
  const grant = `GRANT SELECT ON ${schema ?? '<schema>'}.* TO ${quoted(account)}`
  const reached = ok(CHECK, `${version}, reached as ${account}.`)
  const others = privileges.filter((privilege) => privilege !== 'SELECT')
  if (tables === 0) {
    return [reached, failed('Grants', `${account} sees no table in ${schema ?? 'the database'}.`, `${grant};`)]
  }
  const sees = `${account} sees ${counted(tables, 'table')} in ${schema}`
  if (others.length === 0) return [reached, ok('Grants', `${sees}, and can only read.`)]
  return [
    reached,
    warning(
      'Grants',
      `${sees}, but can do more than read: ${others.join(', ')}.`,
      `Exports need only SELECT. Use a separate account: CREATE USER …; ${grant};`,
    ),
  ]
}

function quoted(account: string): string {
  const at = account.lastIndexOf('@')
  return `'${account.slice(0, at)}'@'${account.slice(at + 1)}'`
}

function judgeCatalogue(exports: number, codeBytes: number): Finding {
  const has = `${counted(exports, 'export')}, in ${(codeBytes / MEGABYTE).toFixed(1)} MB of code`
  if (exports === 0) return failed('Catalogue', 'It has no export.', 'Add one to the catalogue, and deploy.')
  if (codeBytes <= LARGE_CODE_BYTES) return ok('Catalogue', `${has}.`)
  return warning('Catalogue', `${has}, which is loaded at each cold start.`, 'Import less into the catalogue’s module.')
}
