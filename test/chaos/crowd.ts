/** The scenario `crowd`: many requests at once. The last ones must cost the same as the first, and memory must not grow. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createCarryout, DEFAULT_STACK, type NewRequest } from '../../client/index.ts'
import { judge } from './model.ts'
import { aftermath, type Result, SETTLE_MILLIS } from './result.ts'
import type { World } from './world.ts'

const PREFIX = 'crowd-'
const SHARE = 100
const LOOK_MILLIS = 1_000
/** Highest ratio of the last requests' cost to the first's, and of the memory at the end to the memory before. */
const GROWTH = 1.2

interface Look {
  done: number
  processorSeconds: number
  memoryMB: number
}

/** Costs are processor seconds of the stack's process, because elapsed time would include the machine's other load. */
export async function crowd(world: World, { requests }: { requests: number }): Promise<Result> {
  const { cloud } = world
  const share = Math.min(SHARE, Math.floor(requests / 4))
  const begun = performance.now()
  const before = (await cloud.executions()).length
  await requestEach(world, requests)
  const looks: Look[] = []
  const until = performance.now() + SETTLE_MILLIS + requests * 10_000
  for (let done = 0; done < requests && performance.now() < until; ) {
    const [started, running] = [await cloud.started(PREFIX), await cloud.executions('RUNNING')]
    done = Math.max(done, started - running.length)
    world.progress(
      `${done} of ${requests}, ${cloud.processorSeconds.toFixed(0)} s of the processor, ${cloud.memoryMB.toFixed(0)} MB`,
    )
    looks.push({ done, processorSeconds: cloud.processorSeconds, memoryMB: cloud.memoryMB })
    await sleep(LOOK_MILLIS)
  }
  const settled = await world.settle(SETTLE_MILLIS)
  const costOf = (from: number) => (cost(looks, from + share) - cost(looks, from)) / share
  const [first, last] = [costOf(0), costOf(requests - share)]
  const quarter = (nth: number) =>
    median(looks.slice(Math.floor((looks.length * nth) / 4), Math.ceil((looks.length * (nth + 1)) / 4)))
  const growth = quarter(3) / quarter(1)
  const made = (await cloud.executions()).length - before
  const verdict = await judge(cloud, { files: world.files, mayRepeat: 0, needles: world.needles })
  const problems = [
    ...(settled ? [] : ['not everything ended in time']),
    ...(made === requests ? [] : [`${requests} requests became ${made} executions`]),
    ...verdict.problems,
    ...(await aftermath(world)),
  ]
  if (last > first * GROWTH)
    problems.push(`the last ${share} cost ${(last / first).toFixed(2)} times as much as the first`)
  if (growth > GROWTH) problems.push(`memory grew by a factor of ${growth.toFixed(2)}`)
  const millis = (seconds: number) => Math.round(seconds * 1000)
  return {
    figures: {
      requests,
      ready: verdict.ready,
      [`processor milliseconds per request, first ${share}`]: millis(first),
      'in the middle': millis(costOf(Math.floor((requests - share) / 2))),
      [`last ${share}`]: millis(last),
      'last over first': (last / first).toFixed(2),
      'MB resident, second quarter': Math.round(quarter(1)),
      'last quarter': Math.round(quarter(3)),
      'most MB resident': Math.round(Math.max(...looks.map(({ memoryMB }) => memoryMB))),
      seconds: Math.round((performance.now() - begun) / 1000),
    },
    problems,
  }
}

/** Requests with the client, like a web app, so that each request has its place in the queue before its message is read. */
async function requestEach(world: World, requests: number) {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const options = { endpoint: world.cloud.endpointUrl, region: 'us-east-1', credentials }
  const carryout = createCarryout({ stackName: DEFAULT_STACK }, options)
  // The pause makes all of them wait before the first starts.
  await carryout.pause({ by: 'chaos', reason: 'a crowd gathers' })
  for (let at = 0; at < requests; at++) {
    await carryout.request(JSON.parse(world.request(`${PREFIX}${at}`)) as NewRequest)
    if (at % SHARE === 0) world.progress(`${at} of ${requests} are requested`)
  }
  await carryout.resume()
}

/** @returns the processor seconds at which this many were done, interpolated between two looks */
function cost(looks: readonly Look[], done: number): number {
  const after = looks.findIndex((look) => look.done >= done)
  const [one, other] = [looks[Math.max(after - 1, 0)]!, looks[after === -1 ? looks.length - 1 : after]!]
  if (other.done === one.done) return other.processorSeconds
  const part = (done - one.done) / (other.done - one.done)
  return one.processorSeconds + part * (other.processorSeconds - one.processorSeconds)
}

function median(looks: readonly Look[]): number {
  return looks.map(({ memoryMB }) => memoryMB).sort((one, other) => one - other)[looks.length >> 1] ?? 0
}
