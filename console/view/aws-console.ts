/** URLs of an execution in the AWS console. */

/** The consoles of partitions that have one of their own. */
const CONSOLES: Record<string, string> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
}
/** The local cloud's account, which no console shows. */
const LAPTOP_ACCOUNT = '000000000000'

/** @returns the URLs of an execution and of its functions' logs; null if there are none */
export function awsConsoleUrls(executionArn: string): { execution: string; logs: string } | null {
  const [, partition = '', , region = '', account = '', , machine = '', id = ''] = executionArn.split(':')
  const host = CONSOLES[partition]
  if (host === undefined || account === LAPTOP_ACCOUNT) return null
  const home = (service: string) => `https://${region}.${host}/${service}/home?region=${region}`
  return {
    execution: `${home('states')}#/v2/executions/details/${executionArn}`,
    logs: `${home('cloudwatch')}#logsV2:logs-insights$3FqueryDetail$3D${logsQuery(machine, id)}`,
  }
}

/** Makes a query for Logs Insights in its URL notation: `*` escapes a character within a value, `$` one of the URL. */
function logsQuery(machine: string, id: string): string {
  const prefix = machine.replace(/-download$/, '')
  const query = `fields @timestamp, @log, level, message | filter requestId = "${id}" | sort @timestamp`
  const value = (text: string) => `'${escapeWith('*', text)}`
  const groups = FUNCTIONS.map((name) => value(`/aws/lambda/${prefix}-${name}`)).join('~')
  const detail = `~(end~0~start~-1209600~timeType~'RELATIVE~unit~'seconds~editorString~${value(query)}~source~(~${groups}))`
  return escapeWith('$', detail)
}

/** The functions that work for an execution. */
const FUNCTIONS = ['start', 'prepare', 'export-chunk', 'finish', 'notify', 'halt', 'mail-requester']

function escapeWith(sign: '*' | '$', text: string): string {
  const isPlain = sign === '*' ? /[A-Za-z0-9_.-]/ : /[A-Za-z0-9_.*~'()-]/
  return [...text]
    .map((each) =>
      isPlain.test(each)
        ? each
        : encodeURIComponent(each) === each
          ? `${sign}${hex(each)}`
          : encodeURIComponent(each).replaceAll('%', sign),
    )
    .join('')
}

function hex(sign: string): string {
  return sign.charCodeAt(0).toString(16).toUpperCase()
}
