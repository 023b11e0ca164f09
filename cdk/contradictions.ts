/** Checks settings that are valid by themselves against the construct's place and its catalogue. */
import { Stack } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { issue } from './accept.ts'
import type { Catalogue } from './catalogue.ts'
import { checkNetwork, otherRegion } from './database-settings.ts'
import { RUNTIME } from './handler-function.ts'
import { regionProblem } from './region.ts'
import { linkConcurrency, type Settings } from './settings.ts'

/** @returns the problems of the settings in this region and network */
export function contradictions(
  scope: Construct,
  { database, links }: Pick<Settings, 'database' | 'links'>,
  network: Parameters<typeof checkNetwork>[1],
) {
  const { region } = Stack.of(scope)
  const functionUrls = linkConcurrency(links) !== undefined
  const problem = regionProblem(region, { runtime: RUNTIME.name, functionUrls })
  if (problem) return [issue(region, ['region'], problem)]
  const resources = {
    clusterArn: 'clusterArn' in database ? database.clusterArn : undefined,
    secret: database.secretArn,
    'tls.caSecret': 'tls' in database && typeof database.tls === 'object' ? database.tls.caSecretArn : undefined,
  }
  const elsewhere = Object.entries(resources).flatMap(([name, arn]) => {
    const sentence = otherRegion(arn, region)
    return sentence ? [issue(database, ['database', ...name.split('.')], sentence)] : []
  })
  return [...elsewhere, ...checkNetwork(database, network)]
}

/** @throws Error with one sentence for each export that cannot work in this stack */
export function checkCatalogue(
  { exports }: Catalogue,
  { catalogue: path, maxConcurrentQueries, mail }: Settings,
  where: string,
) {
  const problems = exports.flatMap(({ name, parallelism, problems, schedules }) => [
    ...problems,
    ...(parallelism > maxConcurrentQueries
      ? [
          `${name} has a parallelism of ${parallelism}, but maxConcurrentQueries is ${maxConcurrentQueries}: raise that to ${parallelism}, or lower the parallelism`,
        ]
      : []),
    ...schedules
      .filter(({ recipients }) => recipients.length > 1 && !mail)
      .map(
        (schedule) =>
          `${name} has a schedule ${schedule.name} with several recipients, but only mails through SES can reach more than one: set mail, or name one recipient`,
      ),
  ])
  if (problems.length === 0) return
  throw new Error(
    `${where} cannot be deployed with the catalogue ${path}:\n${problems.map((line) => `  ${line}.`).join('\n')}`,
  )
}
