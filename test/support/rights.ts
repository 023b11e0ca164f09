/**
 * Compares the permissions that the stack's roles were granted with those that were used in a whole test run. Each local cloud
 * leaves a file, and the end of the run compares them.
 */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { UsageReport } from '@carryout/local'

const DIRECTORY = 'CARRYOUT_TEST_RIGHTS'

/** Permissions that AWS itself uses in a role's name, which the local cloud does not observe. */
const OF_THE_PLATFORM = [
  // Lambda manages its network interfaces in the VPC.
  /^ec2:/,
  // Functions and executions send traces.
  /^xray:/,
  // Step Functions writes its own logs. @see https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
  /^logs:(Create|Get|Update|Delete|List)LogDeliver(y|ies)$/,
  /^logs:(PutResourcePolicy|DescribeResourcePolicies|DescribeLogGroups)$/,
  // Lambda reads the attributes of a queue that it polls. The local Lambda does so only while a function is throttled.
  /^sqs:GetQueueAttributes$/,
  // The user's own keys are used.
  /^kms:/,
]

/**
 * Permissions for rare cases that no test of a whole stack causes: role, action, and the case that needs them.
 */
const OF_RARE_MOMENTS: readonly [role: RegExp, action: RegExp, why: string][] = [
  [/Finish/, /^s3:(AbortMultipartUpload|ListMultipartUploadParts)$/, 'a file of which one invocation composes a part'],
  [/Start/, /^sqs:ChangeMessageVisibility$/, 'a request that gets no slot within a quarter of an hour'],
  // Without the permission to list the bucket, S3 responds with 403 instead of 404.
  [/Notify/, /^s3:ListBucket$/, 'a file that was deleted before it is announced'],
]

/** Must be called before a run. */
export function openRights() {
  process.env[DIRECTORY] = mkdtempSync(join(tmpdir(), 'carryout-rights-'))
}

/** Must be called before a local cloud ends. */
export function recordRights(usage: UsageReport) {
  const directory = process.env[DIRECTORY]
  if (directory) writeFileSync(join(directory, `${randomUUID()}.json`), JSON.stringify(usage))
}

/**
 * Must be called after a run.
 *
 * @returns a sentence for each permission that was granted but never used, and for each that was missing; empty if no local
 *   cloud ran.
 */
export function closeRights(): string[] {
  const directory = process.env[DIRECTORY] as string
  const reports = readdirSync(directory).map(
    (file) => JSON.parse(readFileSync(join(directory, file), 'utf8')) as UsageReport,
  )
  rmSync(directory, { recursive: true })
  return differences(reports)
}

export function differences(reports: readonly UsageReport[]): string[] {
  const all = (of: keyof UsageReport) => {
    const pairs = reports.flatMap((report) =>
      Object.entries(report[of]).flatMap(([role, actions]) => actions.map((action) => `${role} ${action}`)),
    )
    return [...new Set(pairs)].sort()
  }
  const used = new Set(all('used'))
  const isExcused = (pair: string) => {
    const [role = '', action = ''] = pair.split(' ')
    return (
      OF_THE_PLATFORM.some((pattern) => pattern.test(action)) ||
      OF_RARE_MOMENTS.some(([of, what]) => of.test(role) && what.test(action))
    )
  }
  return [
    ...all('granted').flatMap((pair) =>
      used.has(pair) || isExcused(pair) ? [] : [`${pair} is granted and not used.`],
    ),
    ...all('denied').map((pair) => `${pair} was needed and is not granted.`),
  ]
}
