/** The operator's mail through the topic: what failed where and why, where to look, and the command that replays it. */
import { ADVISED, adviceFor } from '../../../statemachine/advice.ts'
import type { Language } from '../../../statemachine/contract.ts'
import type { Notice } from '../../../statemachine/notice.ts'
import { plainLine } from '../../../statemachine/one-line.ts'
import { isRequestId } from '../../../statemachine/request.ts'
import { size } from '../../../statemachine/size.ts'
import type { MailLink } from './requester.ts'
import { localTime } from './times.ts'

export interface OperatorMail {
  subject: string
  text: string
}

interface Words {
  ready(title: string): string
  failed(title: string): string
  unknown: string
  step: string
  error: string
  reason: string
  by: string
  id: string
  file: string
  rows: string
  size: string
  link(time: string): string
  todo: string
  execution: string
  replay: string
  /** Follows it if commands come next. */
  or: string
  cli: string
  checkout: string
  section(error: string): string
  console: string
  otherError: string
}

const WORDS: Record<Language, Words> = {
  en: {
    ready: (title) => `The download “${title}” is ready.`,
    failed: (title) => `The download “${title}” failed.`,
    unknown: 'unknown',
    step: 'Step',
    error: 'Error',
    reason: 'Cause',
    by: 'Requested by',
    id: 'Request',
    file: 'File',
    rows: 'Rows',
    size: 'Size',
    link: (time) => `Link, until ${time}`,
    todo: 'What to do',
    console: 'Execution in Carryout’s console',
    execution: 'Execution in the AWS console',
    replay: 'To replay it once the cause is gone, in the AWS console: “Redrive”.',
    or: ' Or:',
    cli: 'with the AWS CLI',
    checkout: 'in the directory of the app',
    section: (error) => `For details, see docs/runbook.md, section “${error}”.`,
    otherError: 'Any other error',
  },
  ja: {
    ready: (title) => `「${title}」のダウンロードの準備ができました。`,
    failed: (title) => `「${title}」のダウンロードに失敗しました。`,
    unknown: '不明',
    step: 'ステップ',
    error: 'エラー',
    reason: '原因',
    by: '依頼者',
    id: 'リクエスト',
    file: 'ファイル',
    rows: '件数',
    size: 'サイズ',
    link: (time) => `リンク（${time}まで）`,
    todo: '対処',
    console: 'Carryout のコンソールで開く',
    execution: 'AWS コンソールで開く',
    replay: '原因が解消したら、AWS コンソールの「Redrive」で再開できます。',
    or: 'または:',
    cli: 'AWS CLI の場合',
    checkout: 'アプリのディレクトリで実行する場合',
    section: (error) => `詳しくは docs/runbook.ja.md の「${error}」をご覧ください。`,
    otherError: 'そのほかのエラー',
  },
}

/** What the stack knows for the mail about a failure. */
export interface OperatorPlace {
  /** The URL of Carryout's own console. */
  consoleAt?: string | undefined
  /** The options with which the command finds the stack, such as `--stack Shop`. */
  commandOptions?: string | undefined
}

/** @param link to the file, if the topic's mail is the only one that the requester gets */
export function operatorMail(
  notice: Notice,
  language: Language,
  link: MailLink | null,
  { consoleAt, commandOptions }: OperatorPlace = {},
): OperatorMail {
  const words = WORDS[language]
  const { file, failure, execution, id } = notice
  const title = plainLine(notice.title ?? notice.export ?? words.unknown)
  const who: [string, string][] = [
    [words.by, notice.requestedBy ?? '-'],
    [words.id, plainLine(id)],
  ]
  const subjectName = plainLine(notice.export ?? 'unknown', 40)
  if (!failure) {
    const { name, rows, bytes } = file!
    const facts: [string, string][] = [
      [words.file, plainLine(name)],
      [words.rows, rows.toLocaleString(language)],
      [words.size, size(bytes)],
    ]
    const until = link?.until && words.link(localTime(link.until, language, notice.timeZone))
    return {
      subject: asciiSubject(`Download ready: ${subjectName}`),
      text: [
        words.ready(title),
        '',
        ...(link ? [`${until ?? words.file}:`, link.url, ''] : []),
        ...lines([...facts, ...who]),
      ].join('\n'),
    }
  }
  const { step, error, reason } = failure
  const region = execution.split(':')[3]!
  return {
    subject: asciiSubject(`Download failed: ${subjectName} (${plainLine(error, 40)})`),
    text: [
      words.failed(title),
      '',
      ...lines([
        [words.step, step],
        [words.error, plainLine(error)],
        [words.reason, `“${plainLine(reason, 500)}”`],
        ...who,
      ]),
      '',
      `${words.todo}: ${adviceFor(error)[language]}`,
      words.section(ADVISED.includes(error) ? error : words.otherError),
      '',
      ...(consoleAt
        ? [`${words.console}:`, `${consoleAt.replace(/\/+$/, '')}/executions/${encodeURIComponent(id)}`]
        : []),
      `${words.execution}:`,
      consoleUrl(execution),
      '',
      // An execution may have been started by hand, with a name that has special characters for a shell.
      ...(isRequestId(id)
        ? [
            `${words.replay}${words.or}`,
            `  ${words.cli}:`,
            `    aws stepfunctions redrive-execution --region ${region} --execution-arn ${execution}`,
            `  ${words.checkout}:`,
            `    ${carryoutCommand(`replay ${id}`, { region, options: commandOptions })}`,
          ]
        : [words.replay]),
    ].join('\n'),
  }
}

/** Returns a complete command line for the app's directory. `--no` keeps npx from installing a package of that name. */
export function carryoutCommand(command: string, { region, options }: { region: string; options: string | undefined }) {
  return ['npx --no carryout', command, ...(options ? [options] : []), `--region ${region}`].join(' ')
}

function lines(facts: [string, string][]): string[] {
  return facts.map(([name, value]) => `${name}: ${value}`)
}

const CONSOLES: Record<string, string> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
}

/** Returns the URL of an execution in the AWS console. @param execution its ARN */
export function consoleUrl(execution: string): string {
  const [, partition = 'aws', , region] = execution.split(':')
  const host = CONSOLES[partition] ?? CONSOLES.aws
  return `https://${region}.${host}/states/home?region=${region}#/v2/executions/details/${encodeURIComponent(execution)}`
}

/** SNS refuses subjects of 100 characters or more, and some mail programs show non-ASCII ones garbled. */
const SUBJECT_CHARACTERS = 99

export function asciiSubject(text: string): string {
  const ascii = text.replace(/[^\x20-\x7e]/g, '?')
  return ascii.length > SUBJECT_CHARACTERS ? `${ascii.slice(0, SUBJECT_CHARACTERS - 3)}...` : ascii
}
