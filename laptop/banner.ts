/** What `carryout local` prints once the cloud responds: how to reach it, and what of the template it leaves out. */
import type { Cloud } from '@carryout/local'

/** Resources that a laptop replaces with its own: network, database server. */
const REPLACED = /^(AWS::(EC2|RDS)::|Custom::VpcRestrictDefaultSG)/

export interface BannerOptions {
  cloud: Pick<Cloud, 'endpointUrl' | 'region' | 'stacks' | 'unsupported' | 'stateDirectory'>
  /** The names of the stacks with a Carryout; the commands reach the first one. */
  carryouts: readonly [string, ...string[]]
  /** Whether `--local` finds this cloud from the current folder. */
  isFoundHere: boolean
}

export function bannerOf({ cloud, carryouts: [first, ...others], isFoundHere }: BannerOptions): string[] {
  const { endpointUrl, region, stateDirectory } = cloud
  const place = isFoundHere ? '--local' : `--stack ${first}`
  const request = `  npx carryout request <export> ${place} --params <json> --requested-by <e-mail> --output .`
  const environment = [
    `  export AWS_ENDPOINT_URL=${endpointUrl} AWS_REGION=${region} AWS_DEFAULT_REGION=${region} \\`,
    '    AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local',
  ]
  const also = others.length === 0 ? [] : ['', `That is the stack ${first}. For the other: ${choices(others)}.`]
  const commands = isFoundHere
    ? [
        ...['In another terminal, here:', '', request, ...also, ''],
        ...[`For the AWS CLI and the SDKs (the stack is ${first}):`, '', ...environment],
      ]
    : [
        // `--local` knows only the cloud whose state is in this folder.
        ...[
          'In another terminal, for the command, the AWS CLI and the SDKs:',
          '',
          ...environment,
          '',
          request,
          ...also,
        ],
      ]
  return [
    '',
    `Local cloud listening on ${endpointUrl}`,
    '',
    ...outputLines(cloud.stacks),
    '',
    ...commands,
    '',
    '(Version 1 of the AWS CLI also needs --endpoint-url $AWS_ENDPOINT_URL with “aws sqs”.)',
    '',
    `E-mails:  ${endpointUrl}/_carryout/outbox (and as files in ${stateDirectory}/outbox)`,
    `Logs:     npx carryout logs --follow ${place} (or aws logs filter-log-events --log-group-name <group>)`,
    'Stop:     Ctrl-C; running work continues at the next start',
    ...missing(cloud.unsupported),
  ]
}

function choices(others: readonly string[]): string {
  return others.map((name) => `--stack ${name}`).join(' or ')
}

/** Stacks may have outputs of the same name, so several are listed one by one. */
function outputLines(stacks: BannerOptions['cloud']['stacks']): string[] {
  const told = stacks.filter(({ outputs }) => outputs.length > 0)
  if (told.length === 1) return told[0]!.outputs.map(({ key, value }) => `  ${key}: ${value}`)
  return told.flatMap(({ name, outputs }) => [
    `  Stack ${name}`,
    ...outputs.map(({ key, value }) => `    ${key}: ${value}`),
  ])
}

function missing(unsupported: readonly string[]): string[] {
  const others = unsupported.filter((line) => !REPLACED.test(line))
  const replaced = unsupported.length - others.length
  const lines: string[] = []
  if (replaced > 0) {
    lines.push(
      '',
      `The template's network and database (${replaced} resources) are left out, because a laptop has its own.`,
    )
  }
  if (others.length > 0) {
    lines.push(
      '',
      'The local cloud does not support these parts of the template:',
      ...others.map((line) => `  ${line}`),
    )
  }
  return lines
}
