/** The scenarios `faults` and `kills`: faults, breaks and kills while requests run. */
import { setTimeout as sleep } from 'node:timers/promises'
import { RedriveExecutionCommand } from '@aws-sdk/client-sfn'
import { BREAKS, type Break, breaks } from './breaks.ts'
import { judge, NO_FILE } from './model.ts'
import { aftermath, type Result, SETTLE_MILLIS } from './result.ts'
import type { World } from './world.ts'

const PREFIX = 'chaos-'
/** Seconds after which the stack gives up a silent peer. */
const SILENCE_SECONDS = 60
/** Highest ratio of a disturbed run's time to an undisturbed one's. A ratio gives a slow machine more time. */
const SLOWNESS = 20
/** Time between two checks for dead letters. */
const ALARM_MILLIS = 60_000
/** The longest time between two breaks. */
const BREAK_MILLIS = 120_000
const LOOK_MILLIS = 1_000
/** An execution that exceeds its budget by this many seconds is stuck. */
const STUCK_SECONDS = 120

/** Lets calls fail, breaks the database and kills the process. Then everything works again, and failed executions are replayed. */
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
  // Requests are spread over the kills, so that each kill meets work. Faults meet more work if all requests come at once.
  const share = kills > 0 ? Math.ceil(requests / acts.length) : requests
  let killsAtWork = 0
  const done: string[] = []
  for (const [at, act] of acts.entries()) {
    // Requests that were already sent must still end.
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
  // The run was cut short, so requests that were not sent are not expected.
  else for (const body of bodies.splice(0)) world.files.delete((JSON.parse(body) as { id: string }).id)
  world.progress('all kills and breaks are done, waiting for the last requests')
  const until = performance.now() + SETTLE_MILLIS + requests * 5_000
  let [settled, dead] = [false, 0]
  while (performance.now() < until) {
    settled = await world.settle(ALARM_MILLIS)
    // A kill interrupts a receive, and after some of them the message goes to the dead-letter queue. After the alarm, an operator
    // moves it back.
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
  if (last.failed > 0) problems.push(`${last.failed} executions still fail after a replay`)
  return {
    figures: {
      requests: world.files.size - before,
      kills: done.filter((act) => act === 'kill').length,
      'of those while requests waited or ran': killsAtWork,
      ...countsOf(done.filter((act) => act !== 'kill')),
      'AWS calls': aws.calls(),
      ...aws.faults(),
      ...(possible.length < kinds.length && { 'full disks': 'none, because only root may mount a small disk' }),
      ready: first.ready,
      'failed with a notice': first.failed,
      'of those ready after a replay': replayed,
      'notices moved back from dead letters': dead,
      'ready mails that came twice': last.repeated,
      'mails without a confirmation of SES': aws.unconfirmedMails(),
      'seconds of the longest run without a kill': Math.round(seconds),
      'seconds of an undisturbed run': Math.round(world.undisturbedRun),
      'most queries seen at once': world.mostQueries(),
      'most connections to the database at once': database.most(),
      seconds: Math.round((performance.now() - begun) / 1000),
    },
    problems: [...new Set(problems)],
  }
}

/** Spreads the breaks over the requests: waits until this many requests have started, but only for a limited time. */
async function started(cloud: World['cloud'], count: number) {
  for (const until = performance.now() + BREAK_MILLIS; performance.now() < until; await sleep(LOOK_MILLIS)) {
    if ((await cloud.started(PREFIX).catch(() => 0)) >= count) return
  }
}

/** Replays the failed executions like an operator, once everything works again. @returns how many succeeded */
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

/** @returns how often each break occurs, by its label in the figures */
function countsOf(list: readonly string[]): Record<string, number> {
  const groups = Map.groupBy(list, (item) => `breaks: ${item}`)
  return Object.fromEntries([...groups].map(([name, items]) => [name, items.length]))
}
