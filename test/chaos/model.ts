/** Checks the guarantees of all requests, which must hold no matter how the stack was disturbed. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { paginateGetExecutionHistory } from '@aws-sdk/client-sfn'
import type { OutboxMail } from '../../local/src/mail/outbox.ts'
import type { ChaosCloud, Ended } from './cloud.ts'

export interface Expected {
  /** SHA-256 of the expected file, or `NO_FILE`, by the execution's name. */
  files: ReadonlyMap<string, string>
  /** How many ready mails may be duplicates: any number after a kill, otherwise the mails without a confirmation of SES. */
  mayRepeat: number
  /** Texts that no log, mail or history may contain. */
  needles: readonly string[]
}

export interface Verdict {
  ready: number
  failed: number
  /** Number of duplicate ready mails, which are allowed after a kill. */
  repeated: number
  problems: string[]
}

/** Expected instead of a hash for a message that is not a request. */
export const NO_FILE = 'none'
export const REQUESTER = 'hanako@example.com'

export async function judge(cloud: ChaosCloud, { files, mayRepeat, needles }: Expected): Promise<Verdict> {
  const problems: string[] = []
  const executions = new Map((await cloud.executions()).map((execution) => [execution.name, execution]))
  const mails = await cloud.mails()
  const byName = mailsByName(mails)
  const keys = await cloud.keys()
  const filesOf = Map.groupBy(
    keys.filter((key) => key.startsWith('files/') && !key.endsWith('.manifest.json')),
    (key) => key.split('/')[1]!,
  )
  for (const name of executions.keys()) if (!files.has(name)) problems.push(`${name} was never requested`)
  for (const [name, hash] of files) {
    const execution = executions.get(name)
    if (!execution) problems.push(`${name} has no execution`)
    else {
      problems.push(...ofNotices(execution, byName.get(name) ?? []))
      problems.push(...(await ofFile(cloud, execution, filesOf.get(name) ?? [], hash)))
    }
  }
  for (const key of keys.filter((key) => key.startsWith('chunks/'))) {
    if (executions.get(key.split('/')[1]!)?.status === 'SUCCEEDED') problems.push(`${key} was left behind`)
  }
  for (const key of await cloud.uploads()) problems.push(`an upload of ${key} was left behind`)
  for (const { text, html = '', subject } of mails) {
    const found = needles.find((needle) => `${subject}${text}${html}`.includes(needle))
    if (found) problems.push(`a mail contains ${found}: ${subject}`)
  }
  const ended = [...executions.values()].filter(({ name }) => (files.get(name) ?? NO_FILE) !== NO_FILE)
  const ready = ended.filter(({ status }) => status === 'SUCCEEDED').length
  const announced = mails.filter(({ to, subject }) => to === REQUESTER && /ready/.test(subject)).length
  const repeated = Math.max(0, announced - ready)
  if (repeated > mayRepeat)
    problems.push(`${repeated} ready mails came twice, but only ${mayRepeat} had no confirmation of SES`)
  return { ready, failed: ended.length - ready, repeated, problems }
}

/** Checks that an execution was announced, and with its real outcome. */
function ofNotices({ name, status }: Ended, mails: OutboxMail[]): string[] {
  const of = (to: (address: string) => boolean, subject: RegExp) =>
    mails.filter((mail) => to(mail.to) && subject.test(mail.subject)).length
  const ready = of((to) => to === REQUESTER, /ready/)
  const failed = of((to) => to !== REQUESTER, /failed/)
  const problems: string[] = []
  if (status === 'RUNNING') problems.push(`${name} still runs`)
  if (status === 'SUCCEEDED' && ready === 0) problems.push(`${name} is ready, but its requester was not notified`)
  if (status !== 'SUCCEEDED' && ready > 0) problems.push(`${name} is ${status}, but was announced as ready`)
  if (!['SUCCEEDED', 'RUNNING'].includes(status) && failed === 0)
    problems.push(`${name} is ${status}, but the operator was not notified`)
  return problems
}

/** @returns the mails by each word of their texts, and so by each execution's name */
export function mailsByName(mails: readonly OutboxMail[]): Map<string, OutboxMail[]> {
  const found = new Map<string, OutboxMail[]>()
  for (const mail of mails) {
    for (const word of new Set(mail.text.split(/[\s:/"]+/))) {
      const others = found.get(word)
      if (others) others.push(mail)
      else found.set(word, [mail])
    }
  }
  return found
}

async function ofFile(cloud: ChaosCloud, execution: Ended, own: string[], hash: string) {
  const { name, status } = execution
  if (status !== 'SUCCEEDED') return []
  if (hash === NO_FILE) return [`${name} succeeded, but must fail`]
  if (own.length !== 1) return [`${name} has ${own.length} files`]
  return (await hashOf(cloud, own[0]!)) === hash ? [] : [`${name} has a wrong file`]
}

export async function hashOf(cloud: ChaosCloud, key: string): Promise<string> {
  const { Body } = await cloud.s3.send(new GetObjectCommand({ Bucket: cloud.outputs.CarryoutBucketName, Key: key }))
  return createHash('sha256')
    .update(await Body!.transformToByteArray())
    .digest('hex')
}

/** Searches everything that the stopped cloud stored, except the exported files, which must contain the data. */
export function needlesIn(stateDirectory: string, needles: readonly string[]): string[] {
  const problems: string[] = []
  const look = (path: string) => {
    const bytes = readFileSync(path)
    for (const needle of needles) if (bytes.includes(needle)) problems.push(`${path} contains ${needle}`)
  }
  for (const place of ['carryout.db', 'carryout.db-wal', 'messaging', 'outbox', 'dynamodb']) {
    const path = join(stateDirectory, place)
    const found = statSync(path, { throwIfNoEntry: false })
    if (found?.isFile()) look(path)
    if (found?.isDirectory()) for (const name of readdirSync(path)) look(join(path, name))
  }
  return problems
}

/** @returns the names of all errors in an execution's history, for the figures */
export async function errorsOf(cloud: ChaosCloud, name: string): Promise<string[]> {
  const errors: string[] = []
  const pages = paginateGetExecutionHistory(
    { client: cloud.sfn },
    { executionArn: cloud.arnOf(name), maxResults: 1000 },
  )
  for await (const { events = [] } of pages) {
    for (const event of events) {
      const error = event.lambdaFunctionFailedEventDetails?.error ?? event.taskFailedEventDetails?.error
      if (error) errors.push(error)
    }
  }
  return errors
}
