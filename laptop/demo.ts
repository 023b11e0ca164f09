#!/usr/bin/env node
/** `npm run demo`: one download on this machine from the request to the file, then a running cloud to play with. */
import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import { type Carryout, createCarryout, DEFAULT_STACK, type Progress, type Step } from '@carryout/client'
import { type Cloud, type Database, DEFAULT_PORT, type OutboxMail } from '@carryout/local'
import type { Handler } from '../cdk/bundles.ts'
import type { ServedShop } from '../examples/shop/serve.ts'
import type { File } from '../statemachine/contract.ts'
import { crcToHex } from '../statemachine/crc-hex.ts'
import { size } from '../statemachine/size.ts'
import { count, duration } from '../terminal/format.ts'
import { readFlags } from '../terminal/script.ts'
import { openTerminal } from '../terminal/terminal.ts'
import { UsageError } from '../terminal/usage-error.ts'
import { startLaptop } from './laptop.ts'
import { fillShop, NotTheShop, type Shop } from './shop/fill.ts'
import { isUserError } from './user-error.ts'

const HELP = `Usage: npm run demo [-- options]

Boots the local cloud, fills the sample shop and opens its admin page, requests a download, shows each step, and fetches the
file through the e-mail's link. Then it keeps running.

  --once        exit after the file: 0, or 1 when anything failed; without the admin page
  --shop        the admin page alone: nothing is requested
  --shop-port <n> the admin page's port of 127.0.0.1 (default 4567; 0 lets the system choose)
  --orders <n>  how many orders the sample shop has (default 200000)
  --port <n>    the port of 127.0.0.1 (default ${DEFAULT_PORT}; 0 lets the system choose)
  --state <dir> where everything is kept (default .carryout); delete it to start afresh
  --help        this text

DATABASE_URL (mysql://user:password@host:port/database) names a database to fill instead of a throwaway one;
CARRYOUT_DATABASE (mysql, mariadb, mysql-9, mariadb-11) chooses the throwaway one.
`

/** An error whose message is sufficient for the user. */
class DemoFailed extends Error {}

const DEFAULT_STATE = '.carryout'
const DEFAULT_SHOP_PORT = 4567
const REQUESTER = 'hanako@example.com'
/** The operator's address in carryout.config.ts. */
const OPERATOR = 'operator@example.com'
/** The period of the sample shop's orders. */
const PARAMS = { from: '2026-01-01', to: '2027-01-01' }
const MAIL_MILLIS = 10_000
/** The functions that run from a request to its mail. */
const FIRST_HANDLERS = [
  'start',
  'prepare',
  'export-chunk',
  'finish',
  'notify',
  'mail-requester',
] as const satisfies Handler[]

const { print, progress: progressLine, paint } = openTerminal({ stdout: process.stdout, stderr: process.stdout })

async function main() {
  const options = readArguments(process.argv.slice(2))
  if (options.help) return print(HELP)
  const interrupted = new AbortController()
  let cloud: Cloud | undefined
  let shop: ServedShop | undefined
  const stop = async () => {
    await shop?.close()
    await cloud?.stop()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (interrupted.signal.aborted) process.exit(130)
      interrupted.abort(new DemoFailed('Interrupted.'))
      // While it boots or downloads, that fails first and stops the cloud.
      if (isDone) void stop().then(() => process.exit(0))
    })
  }
  let isDone = false
  try {
    cloud = await boot(options, interrupted.signal)
    if (!options.once) shop = await openShop(cloud, options)
    step(`Local cloud listening on ${paint('bold', cloud.endpointUrl)}, booted from the synthesized stack`)
    const fileLine = options.shop ? undefined : await downloadOrders(cloud, interrupted.signal)
    interrupted.signal.throwIfAborted()
    isDone = !options.once
    // Nothing queries the database any more, so its server can end at the same time.
    if (options.once) await Promise.all([cloud.database.stop(), stop()])
    if (fileLine) print(fileLine)
    if (shop) tellWhatNext(cloud, shop, options)
  } catch (error) {
    progressLine(undefined)
    await stop()
    throw error
  }
}

/** Boots the cloud, and meanwhile fills the shop. */
async function boot({ port, state, orders }: Options, interrupted: AbortSignal): Promise<Cloud> {
  const failed = new AbortController()
  const signal = AbortSignal.any([interrupted, failed.signal])
  const filling = Promise.withResolvers<Shop>()
  filling.promise.catch((error: unknown) => failed.abort(error))
  const onFilling = (line: string) => progressLine(`${clock()}  ${line}`)
  const cloud = await startLaptop({
    port,
    stateDirectory: resolve(state),
    databaseUrl: process.env.DATABASE_URL,
    databaseProduct: process.env.CARRYOUT_DATABASE,
    onDatabase: (database) =>
      fillShop(connectionTo(database), { orders, onProgress: onFilling, signal }).then(filling.resolve, filling.reject),
    onProgress: (line) => step(paint('dim', line)),
    signal,
  }).catch((error: unknown) => {
    failed.abort(error)
    throw error
  })
  try {
    void loadFunctions(cloud)
    const shop = await filling.promise
    step(
      `The sample shop has ${count(shop.orders)} orders, ${count(shop.order_items)} order items, ${count(shop.customers)} customers`,
    )
    return cloud
  } catch (error) {
    await cloud.stop()
    throw error
  }
}

/** Loads what the first request needs, in the order in which it needs it. */
async function loadFunctions({ lambda }: Cloud) {
  for (const handler of FIRST_HANDLERS) await lambda.warm(`${DEFAULT_STACK}-${handler}`)
}

function connectionTo({ host, port, database, admin, tls }: Database) {
  return { host, port, database, user: admin.username, password: admin.password, ...(tls && { ssl: tls.ssl }) }
}

function carryoutOf({ endpointUrl: endpoint, region }: Cloud): Carryout {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  return createCarryout({ stackName: DEFAULT_STACK }, { endpoint, region, credentials })
}

/** Opens the shop's admin page and prints its URL first, on lines of its own. */
async function openShop(cloud: Cloud, { shopPort: port }: Options): Promise<ServedShop> {
  const { serveShop } = await import('../examples/shop/serve.ts')
  try {
    const shop = await serveShop({ carryout: carryoutOf(cloud), database: connectionTo(cloud.database), port })
    for (const line of [
      '',
      `  The shop’s admin page: ${paint('bold', shop.url)}`,
      '  Press both download buttons there.',
      '',
    ])
      print(line)
    return shop
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    throw new DemoFailed(`Port ${port} of 127.0.0.1 is in use. Choose another one with --shop-port <n>.`)
  }
}

/** @returns the line that says where the file is */
async function downloadOrders(cloud: Cloud, signal: AbortSignal): Promise<string> {
  const carryout = carryoutOf(cloud)
  const { id } = await carryout.request({ export: 'orders', params: PARAMS, requestedBy: REQUESTER })
  step(`Requested ${paint('bold', 'orders')} as ${id}`)
  const file = await watch(carryout, id, signal)
  const mail = await mailAbout(id, REQUESTER, cloud)
  step('The requester’s e-mail is in the outbox, beside the operator’s')
  print('')
  const operators = await mailAbout(id, OPERATOR, cloud)
  print(`          ${paint('dim', '│')} To: ${operators.to}`)
  print(`          ${paint('dim', '│')} Subject: ${operators.subject}`)
  print('')
  const [body = ''] = mail.text.split(/^--$/m)
  for (const line of [`To: ${mail.to}`, `Subject: ${mail.subject}`, '', ...body.trimEnd().split('\n')]) {
    print(`          ${paint('dim', '│')} ${line}`)
  }
  print('')
  const path = await fetchFile(linkIn(mail), file)
  step('Pressed the button behind the e-mail’s link: every byte arrived, and the CRC-32 is correct')
  return `file: ${path} (${file.rows} rows, ${file.bytes} bytes)`
}

/** Shows each step when it ends. @throws DemoFailed if the execution does not succeed */
async function watch(carryout: Carryout, id: string, signal: AbortSignal): Promise<File> {
  let shown = 0
  let last: Progress | undefined
  for await (const progress of carryout.follow(id, { queued: true, signal })) {
    last = progress
    for (; progress.steps[shown]?.endedAt; shown++) showStep(progress.steps[shown]!, progress)
    const running = progress.steps[shown]
    if (running) progressLine(`${clock()}  ${running.state} …`)
  }
  if (last?.status === 'SUCCEEDED' && last.file) return last.file
  const { failure } = last ?? {}
  throw new DemoFailed(`The download failed at ${failure?.step} with ${failure?.error}: ${failure?.reason}`)
}

/** Prints a step with the time when it ended, which is slightly before this process learned of it. */
function showStep({ state, startedAt, endedAt, attempts }: Step, { rows, bytes, rowsPerSecond }: Progress) {
  const isFailed = attempts.at(-1)?.error !== null
  const parts = [
    `${paint(isFailed ? 'red' : 'green', state.padEnd(13))} ${duration(endedAt!.getTime() - startedAt.getTime())}`,
    ...attempts.flatMap(({ error }) => error ?? []),
    ...(state === 'ExportChunk' ? [`${count(rows)} rows`, size(bytes)] : []),
    ...(state === 'ExportChunk' && rowsPerSecond !== null ? [`${count(rowsPerSecond)} rows/s`] : []),
  ]
  step(parts.join(' · '), endedAt!)
}

/** Waits for the mail with the link, which may come a moment after the execution's end. */
async function mailAbout(id: string, to: string, { outbox }: Cloud): Promise<OutboxMail> {
  for (const deadline = Date.now() + MAIL_MILLIS; Date.now() < deadline; await sleep(50)) {
    const mail = outbox.list().find((candidate) => candidate.to === to && candidate.text.includes(id))
    if (mail) return mail
  }
  throw new DemoFailed(`No e-mail about ${id} to ${to} has come into the outbox within ${duration(MAIL_MILLIS)}.`)
}

function linkIn({ text }: OutboxMail): string {
  const link = /^https?:\S+$/m.exec(text)?.[0]
  if (!link) throw new DemoFailed(`The e-mail has no link:\n${text}`)
  return link
}

/** Presses the button on the link's page, as a browser does. @returns the file's path */
async function fetchFile(link: string, file: File): Promise<string> {
  const response = await fetch(link, { method: 'POST' })
  if (!response.ok || !response.body) {
    throw new DemoFailed(
      `The link answers ${response.status}: ${(await response.text()).replace(/<[^>]*>/g, ' ').trim()}`,
    )
  }
  await mkdir('downloads', { recursive: true })
  const path = join('downloads', file.name)
  const part = `${path}.part`
  let bytes = 0
  let sum = 0
  await pipeline(
    Readable.fromWeb(response.body),
    async function* (source: AsyncIterable<Buffer>) {
      for await (const data of source) {
        bytes += data.length
        sum = crc32(data, sum)
        yield data
      }
    },
    createWriteStream(part),
  )
  const crc = crcToHex(sum)
  if (bytes !== file.bytes || crc !== file.crc32) {
    await rm(part)
    throw new DemoFailed(
      `The link returned ${bytes} bytes with CRC-32 ${crc}; expected ${file.bytes} with ${file.crc32}.`,
    )
  }
  await rename(part, path)
  return path
}

function tellWhatNext(cloud: Cloud, shop: ServedShop, options: Options) {
  const { endpointUrl, region, outputs } = cloud
  const request = { id: 'orders-again', export: 'orders', params: PARAMS, requestedBy: REQUESTER, format: 'xlsx' }
  const state = options.state === DEFAULT_STATE ? '' : ` --state ${options.state}`
  const sql = (statement: string) =>
    cloud.database.kind === 'external'
      ? `(in your database) ${statement}`
      : `npx node laptop/sql.ts${state} "${statement}"`
  const lines = [
    '',
    `The shop’s admin page: ${paint('bold', shop.url)}`,
    `The local cloud keeps running at ${paint('bold', endpointUrl)} until Ctrl-C. In another terminal, here:`,
    '',
    `  export AWS_ENDPOINT_URL=${endpointUrl} AWS_REGION=${region} AWS_DEFAULT_REGION=${region} \\`,
    '    AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local',
    '',
    paint('bold', '1. Request a download with the AWS CLI'),
    `  aws sqs send-message --endpoint-url ${endpointUrl} --queue-url ${outputs.CarryoutQueueUrl} \\`,
    `    --message-group-id database --message-body '${JSON.stringify(request)}'`,
    '',
    paint('bold', '2. Follow it'),
    '  npx carryout list',
    '',
    paint('bold', '3. Break one, fix it, and replay it'),
    `  ${sql('RENAME TABLE customers TO gone')}`,
    `  npx carryout request orders --id broken --params '${JSON.stringify(PARAMS)}' --requested-by ${REQUESTER} --wait`,
    `  ${sql('RENAME TABLE gone TO customers')}`,
    '  npx carryout replay broken --wait',
    '',
    `E-mails: ${endpointUrl}/_carryout/outbox`,
  ]
  for (const line of lines) print(line)
}

interface Options {
  once: boolean
  orders: number
  port: number
  state: string
  shop: boolean
  shopPort: number
  help: boolean
}

/** @throws UsageError */
function readArguments(args: string[]): Options {
  const flags = {
    once: { type: 'boolean' },
    orders: { type: 'string', default: '200000' },
    port: { type: 'string', default: String(DEFAULT_PORT) },
    state: { type: 'string', default: DEFAULT_STATE },
    shop: { type: 'boolean' },
    'shop-port': { type: 'string', default: String(DEFAULT_SHOP_PORT) },
    help: { type: 'boolean', short: 'h' },
  } as const
  const { values } = readFlags(flags, { args })
  return {
    ...values,
    orders: wholeNumber('orders', values.orders, 1, 1e9),
    port: wholeNumber('port', values.port, 0, 65_535),
    shopPort: wholeNumber('shop-port', values['shop-port'], 0, 65_535),
  }
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= least && number <= most) return number
  throw new UsageError(`--${name} must be a whole number from ${least} to ${most}, not “${text}”.`)
}

/** Prints a line with the time since the demo began. */
function step(line: string, at?: Date) {
  print(`${clock(at)}  ${line}`)
}

function clock(at = new Date()): string {
  const seconds = (at.getTime() - performance.timeOrigin) / 1000
  return paint('dim', `${seconds.toFixed(1).padStart(6)} s`)
}

main().catch((error: unknown) => {
  progressLine(undefined)
  const isKnown = [DemoFailed, UsageError, NotTheShop].some((type) => error instanceof type) || isUserError(error)
  console.error(isKnown ? (error as Error).message : error)
  if (error instanceof UsageError) console.error(`\n${HELP}`)
  process.exit(error instanceof UsageError ? 2 : 1)
})
