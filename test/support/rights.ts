/**
 * What the stack's roles were granted and what of it was used, over a whole test run: each local cloud leaves a file, and
 * the end of the run compares them.
 */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { UsageReport } from '@carryout/local'

const DIRECTORY = 'CARRYOUT_TEST_RIGHTS'

/** What AWS itself does in a role's name, out of the local cloud's sight. */
const OF_THE_PLATFORM = [
  // Lambda's network interfaces in a VPC.
  /^ec2:/,
  // Traces of functions and executions.
  /^xray:/,
  // Step Functions' own logs. @see https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
  /^logs:(Create|Get|Update|Delete|List)LogDeliver(y|ies)$/,
  /^logs:(PutResourcePolicy|DescribeResourcePolicies|DescribeLogGroups)$/,
  // Lambda looks at a queue that it polls; the local one only while a function is throttled.
  /^sqs:GetQueueAttributes$/,
  // Keys of the user's own.
  /^kms:/,
]

/**
 * Rights of rare moments, which no test of a whole stack brings about: by role and action, with what uses them.
 */
const OF_RARE_MOMENTS: readonly [role: RegExp, action: RegExp, why: string][] = [
  [/Finish/, /^s3:(AbortMultipartUpload|ListMultipartUploadParts)$/, 'a file of which one invocation composes a part'],
  [/Start/, /^sqs:ChangeMessageVisibility$/, 'a request that gets no slot within a quarter of an hour'],
  // Who may not list a bucket is told 403 in place of 404.
  [/Notify/, /^s3:ListBucket$/, 'a file that was deleted before it is announced'],
]

/** Before a run. */
export function openRights() {
  process.env[DIRECTORY] = mkdtempSync(join(tmpdir(), 'carryout-rights-'))
}

/** Before a local cloud ends. */
export function recordRights(usage: UsageReport) {
  const directory = process.env[DIRECTORY]
  if (directory) writeFileSync(join(directory, `${randomUUID()}.json`), JSON.stringify(usage))
}

/**
 * After a run.
 *
 * @returns a sentence for each right that was granted and never used, and for each that was missing; none where no local
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
