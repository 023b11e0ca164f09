/** Measures everything around the query: an export of no rows in the local cloud, from its message to its e-mail. */

import { setTimeout as sleep } from 'node:timers/promises'
import { createCarryout, DEFAULT_STACK, type Step } from '@carryout/client'
import type { Cloud, OutboxMail } from '@carryout/local'
import { startLaptop } from '../laptop/laptop.ts'
import { fillShop } from '../laptop/shop/fill.ts'
import { closing, interruption } from './command.ts'
import { median } from './figures.ts'

export interface EmptyExport {
  runs: number
  /** Median time from sending the message to the e-mail in the outbox. */
  millis: number
  /** Medians of the export's parts. Their sum can differ from the median of the whole. */
  parts: Record<string, number>
}

const RUNS = 21
/** Runs that start the functions' execution environments, like the first download of a morning. */
const WARM_UP_RUNS = 3
const REQUESTER = 'hanako@example.com'
const PARAMS = { from: '2026-01-01', to: '2026-01-01' }
const MAIL_MILLIS = 30_000

/** Boots a separate local cloud with a throwaway database. */
export async function measureEmptyExport(
  say: (line: string) => void,
  stateDirectory = '.carryout/bench/cloud',
): Promise<EmptyExport> {
  const cloud = await startLaptop({ stateDirectory, port: 0, onProgress: say, signal: interruption })
  return closing(cloud.stop, async () => {
    const { host, port, database, admin } = cloud.database
    await fillShop({ host, port, database, user: admin.username, password: admin.password }, { orders: 1000 })
    const runs: Record<string, number>[] = []
    for (let run = -WARM_UP_RUNS; run < RUNS; run++) {
      const parts = await exportNothing(cloud)
      if (run >= 0) runs.push(parts)
    }
    const { all = 0, ...parts } = Object.fromEntries(
      Object.keys(runs[0]!).map((name) => [name, median(runs.map((each) => each[name]!))]),
    )
    return { runs: RUNS, millis: all, parts }
  })
}

/** @returns milliseconds by part, and in total under `all` */
async function exportNothing(cloud: Cloud): Promise<Record<string, number>> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const carryout = createCarryout(
    { stackName: DEFAULT_STACK },
    { endpoint: cloud.endpointUrl, region: cloud.region, credentials },
  )
  // The client looks the stack up once, which is not part of the export.
  await carryout.parts()
  const sentAt = Date.now()
  const { id } = await carryout.request({ export: 'orders', params: PARAMS, requestedBy: REQUESTER })
  const mailedAt = await Promise.race([mailOf(cloud, id), sleep(MAIL_MILLIS, undefined, { ref: false })])
  if (mailedAt === undefined) throw new Error(`No e-mail about ${id} has come within ${MAIL_MILLIS / 1000} s`)
  const { startedAt, steps } = await ended(carryout, id)
  const notify = steps.pop()!
  return {
    'SQS, `start`, StartExecution': startedAt - sentAt,
    ...Object.fromEntries(steps.map((step) => [`\`${step.state}\``, step.endedAt - step.startedAt])),
    'between the steps': between(startedAt, [...steps, notify]),
    '`Notify`, SNS, e-mail in the outbox': mailedAt - notify.startedAt,
    all: mailedAt - sentAt,
  }
}

/** @returns when the e-mail about this request came, in milliseconds since 1970. E-mails about other requests are ignored. */
async function mailOf({ outbox }: Cloud, id: string): Promise<number> {
  const isAboutIt = (mail: OutboxMail) => mail.to === REQUESTER && mail.text.includes(id)
  return await new Promise((resolve) => {
    const end = outbox.onMail((mail) => {
      if (!isAboutIt(mail)) return
      end()
      resolve(Date.now())
    })
    const earlier = outbox.list({ limit: 10 }).find(isAboutIt)
    if (earlier) resolve(Date.parse(earlier.at))
  })
}

type Times = Pick<Step, 'state'> & { startedAt: number; endedAt: number }

async function ended(carryout: ReturnType<typeof createCarryout>, id: string) {
  for await (const { stoppedAt, startedAt, status, failure, steps } of carryout.follow(id)) {
    if (!stoppedAt) continue
    if (status !== 'SUCCEEDED') throw new Error(`${id} failed at ${failure?.step}: ${failure?.reason}`)
    const times = steps.map(
      (step): Times => ({ state: step.state, startedAt: +step.startedAt, endedAt: +step.endedAt! }),
    )
    return { startedAt: +startedAt!, steps: times }
  }
  throw new Error(`${id} cannot be followed`)
}

function between(startedAt: number, steps: readonly Times[]): number {
  return steps.reduce((sum, step, index) => sum + step.startedAt - (steps[index - 1]?.endedAt ?? startedAt), 0)
}
