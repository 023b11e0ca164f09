/** Faults, breaks and kills while requests run. */
import { setTimeout as sleep } from 'node:timers/promises'
import { RedriveExecutionCommand } from '@aws-sdk/client-sfn'
import { BREAKS, type Break, breaks } from './breaks.ts'
import { judge, NO_FILE } from './model.ts'
import { aftermath, type Result, SETTLE_MILLIS } from './result.ts'
import type { World } from './world.ts'

const PREFIX = 'chaos-'
/** After which a silent peer is given up. */
const SILENCE_SECONDS = 60
/** How many times what an undisturbed one takes a disturbed one may: so a slow machine has more time. */
const SLOWNESS = 20
/** Between two looks for dead letters. */
const ALARM_MILLIS = 60_000
/** The longest between two breaks. */
const BREAK_MILLIS = 120_000
const LOOK_MILLIS = 1_000
/** Beyond its budget, nothing is still at work. */
const STUCK_SECONDS = 120

/** Calls fail, the database breaks, the process dies; then all is well again, and what failed is replayed. */
export async function disturb(
  world: World,
  options: {
    requests: number
    rate: number
    kills: number
    breaks: number
    kinds?: readonly Break[]
    minutes?: number
  },
): Promise<Result> {
  const { requests, rate, kills, breaks: count, kinds = BREAKS, minutes = Number.POSITIVE_INFINITY } = options
  const possible = kinds.filter((kind) => kind !== 'full' || world.disk)
  const { cloud, aws, database, random } = world
  const events = random.fork('events')
  const before = world.files.size
  const bodies = Array.from({ length: requests }, (_, i) => world.request(`${PREFIX}${i}`))
  aws.rate = rate
  const begun = performance.now()
  const acts = shuffled<'kill' | Break>(
    [...Array<'kill'>(kills).fill('kill'), ...Array.from({ length: count }, () => events.pick(possible))],
    events,
  )
  // So that a kill finds work; faults find the more, the more there is at once.
  const share = kills > 0 ? Math.ceil(requests / acts.length) : requests
  let killsAtWork = 0
  const done: string[] = []
  for (const [at, act] of acts.entries()) {
    // What is requested by then is still waited for.
    if (performance.now() - begun > minutes * 60_000) break
    done.push(act)
    world.progress(`${at} of ${acts.length} kills and breaks`)
    await cloud.send(bodies.splice(0, share))
    if (kills === 0) await started(cloud, Math.floor((at * requests) / acts.length))
    await sleep(events.between(50, 2500))
    if (act === 'kill') {
      if ((await cloud.waiting()) + (await cloud.executions('RUNNING')).length > 0) killsAtWork++
      await cloud.end('SIGKILL')
      await cloud.start()
      world.runs.beginAgain()
    } else await breaks[act](world, events)
  }
  if (done.length === acts.length) await cloud.send(bodies)
  // Of a run that was cut short, what was not sent.
  else for (const body of bodies.splice(0)) world.files.delete((JSON.parse(body) as { id: string }).id)
  world.progress('all is done to it; waiting for the last')
  const until = performance.now() + SETTLE_MILLIS + requests * 5_000
  let [settled, dead] = [false, 0]
  while (performance.now() < until) {
    settled = await world.settle(ALARM_MILLIS)
    // A kill cuts a receive, and a queue gives up after some: then an alarm says so, and an operator sends them on.
    if (settled) break
    dead += await cloud.sendDeadNoticesOn()
    const running = (await cloud.executions('RUNNING')).length
    world.progress(`${await cloud.waiting()} messages wait, ${running} executions run`)
  }
  aws.rate = 0
  const mayRepeat = kills > 0 ? Number.POSITIVE_INFINITY : aws.unconfirmedMails()
  const first = await judge(cloud, { files: world.files, mayRepeat, needles: world.needles })
  const replayed = await replayFailed(world)
  const last = await judge(cloud, { files: world.files, mayRepeat, needles: world.needles })
  const problems = [
    ...(settled ? [] : ['not everything ended in time']),
    ...first.problems,
    ...last.problems,
    ...(await aftermath(world)),
  ]
  const budget = SILENCE_SECONDS + SLOWNESS * world.undisturbedRun
  const { name, seconds } = world.runs.longest()
  if (seconds > budget + STUCK_SECONDS)
    problems.push(`${name} ran for ${Math.round(seconds)} seconds, with a budget of ${Math.round(budget)}`)
  if (last.failed > 0) problems.push(`${last.failed} are still failed after a replay`)
  return {
    figures: {
      requests: world.files.size - before,
      kills: done.filter((act) => act === 'kill').length,
      'of those while something waited or ran': killsAtWork,
      ...countsOf(done.filter((act) => act !== 'kill')),
      'AWS calls': aws.calls(),
      ...aws.faults(),
      ...(possible.length < kinds.length && { 'full disks': 'none, since only root may mount a small disk' }),
      ready: first.ready,
      'failed with a notice': first.failed,
      'of those ready after a replay': replayed,
      'notices sent on from dead letters': dead,
      'ready mails that came twice': last.repeated,
      'mails whose sending nobody confirmed': aws.unconfirmedMails(),
      'seconds that the longest ran without a kill': Math.round(seconds),
      'seconds that an undisturbed one may run': Math.round(world.undisturbedRun),
      'most queries seen at once': world.mostQueries(),
      'most connections to the database at once': database.most(),
      seconds: Math.round((performance.now() - begun) / 1000),
    },
    problems: [...new Set(problems)],
  }
}

/** Spreads the breaks over the requests: waits until so many of them have started, but not for ever. */
async function started(cloud: World['cloud'], count: number) {
  for (const until = performance.now() + BREAK_MILLIS; performance.now() < until; await sleep(LOOK_MILLIS)) {
    if ((await cloud.started(PREFIX).catch(() => 0)) >= count) return
  }
}

/** An operator's replay, once all is well. @returns how many became ready */
async function replayFailed(world: World): Promise<number> {
  const { cloud, files } = world
  const failed = (await cloud.executions()).filter(
    ({ name, status }) => (files.get(name) ?? NO_FILE) !== NO_FILE && status !== 'SUCCEEDED',
  )
  for (const { name } of failed) await cloud.sfn.send(new RedriveExecutionCommand({ executionArn: cloud.arnOf(name) }))
  if (failed.length === 0) return 0
  await world.settle(SETTLE_MILLIS)
  const names = new Set(failed.map(({ name }) => name))
  return (await cloud.executions()).filter(({ name, status }) => names.has(name) && status === 'SUCCEEDED').length
}

function shuffled<T>(list: T[], random: World['random']): T[] {
  const keyed = list.map((item) => ({ item, key: random.next() }))
  return keyed.sort((one, other) => one.key - other.key).map(({ item }) => item)
}

/** @returns how often each comes, named as a break */
function countsOf(list: readonly string[]): Record<string, number> {
  const groups = Map.groupBy(list, (item) => `breaks: ${item}`)
  return Object.fromEntries([...groups].map(([name, items]) => [name, items.length]))
}
