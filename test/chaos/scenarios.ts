/** What is done to the stack. Each returns figures, and what was not as it must be. */
import { setTimeout as sleep } from 'node:timers/promises'
import { RedriveExecutionCommand } from '@aws-sdk/client-sfn'
import { hostileBodies } from './hostile.ts'
import { judge, NO_FILE, needlesIn } from './model.ts'
import type { World } from './world.ts'

export interface Result {
  figures: Record<string, string | number>
  problems: string[]
}

/** Longer than anything may take once nothing is disturbed any more. */
const SETTLE_MILLIS = 240_000

/** Calls fail, the database breaks, the process dies; then all is well again, and what failed is replayed. */
export async function disturb(
  world: World,
  options: { requests: number; rate: number; kills: number; breaks: number; killDatabase?: (() => void) | undefined },
): Promise<Result> {
  const { requests, rate, kills, breaks, killDatabase } = options
  const { cloud, aws, database, random } = world
  const events = random.fork('events')
  const bodies = Array.from({ length: requests }, (_, i) => world.request(`chaos-${i}`))
  aws.rate = rate
  const begun = performance.now()
  await cloud.send(bodies)
  const acts = shuffled([...Array<'kill'>(kills).fill('kill'), ...Array<'break'>(breaks).fill('break')], events)
  for (const act of acts) {
    // At any moment of the work, so long as there is any.
    await sleep(events.between(50, 2500))
    if (act === 'kill') {
      await cloud.end('SIGKILL')
      await cloud.start()
    } else if (killDatabase && events.next() < 0.3) killDatabase()
    else {
      await database.down()
      await sleep(events.between(10, 500))
      await database.up()
    }
  }
  const settled = await world.settle(SETTLE_MILLIS + requests * 5_000)
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
  if (last.failed > 0) problems.push(`${last.failed} are still failed after a replay`)
  return {
    figures: {
      requests,
      kills,
      'breaks of the database': breaks,
      'AWS calls': aws.calls(),
      ...aws.faults(),
      ready: first.ready,
      'failed with a notice': first.failed,
      'of those ready after a replay': replayed,
      'ready mails that came twice': last.repeated,
      'mails whose sending nobody confirmed': aws.unconfirmedMails(),
      'most queries seen at once': world.mostQueries(),
      'most connections to the database at once': database.most(),
      seconds: Math.round((performance.now() - begun) / 1000),
    },
    problems: [...new Set(problems)],
  }
}

/** Messages that are no requests, or only look like some: each becomes one failure that somebody is told of. */
export async function besiege(world: World, { messages }: { messages: number }): Promise<Result> {
  const { cloud, random } = world
  const begun = performance.now()
  const bodies = hostileBodies(messages, random.fork('hostile'))
  const before = new Set((await cloud.executions()).map(({ name }) => name))
  const { ids, refused } = await cloud.send(bodies.map(({ body }) => body))
  const until = performance.now() + SETTLE_MILLIS + messages * 2_000
  let running = 1
  while (performance.now() < until && (running > 0 || (await cloud.waiting()) > 0)) {
    await sleep(500)
    running = (await cloud.executions()).filter(({ status }) => status === 'RUNNING').length
  }
  // The last mails follow by a moment.
  await world.settle(30_000)
  const dead = await cloud.waiting('CarryoutDeadLetterQueueUrl')
  const all = await cloud.executions()
  const hostile = all.filter(({ name }) => !before.has(name))
  for (const { name } of hostile) world.files.set(name, NO_FILE)
  const made = hostile.length
  const mails = await cloud.mails()
  const silent = all.filter(
    ({ name, status }) => status !== 'SUCCEEDED' && !mails.some((mail) => mail.text.includes(name)),
  )
  const problems = silent.map(({ name }) => `${name} failed, and nobody knows`)
  const accepted = ids.length
  if (made + dead !== accepted)
    problems.push(`${accepted} messages went in, ${made} executions and ${dead} dead letters came out`)
  for (const { subject, text, html = '' } of mails) {
    if (/\p{Bidi_Control}|(?![\r\n\t])\p{Cc}/u.test(subject + text) || !(subject + text).isWellFormed())
      problems.push(`a mail has characters that hide or reorder: ${JSON.stringify(subject)}`)
    if (/href="https?:\/\/evil/.test(html) || /https?:\/\/evil/.test(text))
      problems.push(`a mail has a sender’s link: ${subject}`)
  }
  return {
    figures: {
      messages,
      'refused by SQS': refused,
      executions: made,
      'dead letters': dead,
      'files all the same': hostile.filter(({ status }) => status === 'SUCCEEDED').length,
      seconds: Math.round((performance.now() - begun) / 1000),
    },
    problems: [...new Set(problems)],
  }
}

/** Many at once: the last cost what the first did, and memory does not grow with them. */
export async function crowd(
  world: World,
  { requests, memoryOf }: { requests: number; memoryOf: (pid: number) => number },
): Promise<Result> {
  const { cloud } = world
  const bodies = Array.from({ length: requests }, (_, i) => world.request(`crowd-${i}`))
  await cloud.send(bodies)
  const share = Math.min(100, Math.floor(requests / 4))
  const at: number[] = []
  const memory: number[] = []
  const until = performance.now() + SETTLE_MILLIS + requests * 10_000
  let done = 0
  while (done < requests && performance.now() < until) {
    const ended = (await cloud.executions()).filter(
      ({ name, status }) => name.startsWith('crowd-') && status !== 'RUNNING',
    ).length
    for (; done < ended; done++) at.push(performance.now())
    memory.push(memoryOf(cloud.pid))
    await sleep(250)
  }
  await world.settle(60_000)
  const first = at[share - 1]! - at[0]!
  const last = at.at(-1)! - at.at(-share)!
  const middle = Math.floor(memory.length / 2)
  const growth = Math.max(...memory.slice(middle)) / Math.max(...memory.slice(0, middle))
  const verdict = await judge(cloud, { files: world.files, mayRepeat: 0, needles: world.needles })
  const problems = [...verdict.problems, ...(await aftermath(world))]
  if (last > first * 1.2)
    problems.push(`the last ${share} took ${(last / first).toFixed(2)} times as long as the first`)
  return {
    figures: {
      requests,
      ready: verdict.ready,
      [`seconds for the first ${share}`]: (first / 1000).toFixed(1),
      [`seconds for the last ${share}`]: (last / 1000).toFixed(1),
      'memory of the second half over the first': growth.toFixed(2),
    },
    problems,
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

/** What is left when all is over: no session, no query too many, and nothing of anybody's data beside the files. */
async function aftermath(world: World): Promise<string[]> {
  const problems: string[] = []
  if (world.mostQueries() > 1) problems.push(`${world.mostQueries()} export queries ran at once`)
  for (let tries = 0; (await world.sessions()) > 0; tries++) {
    if (tries > 100) {
      problems.push(`${await world.sessions()} sessions of the exporter are left`)
      break
    }
    await sleep(100)
  }
  await world.cloud.end('SIGTERM')
  problems.push(...needlesIn(world.stateDirectory, world.needles))
  return problems
}

function shuffled<T>(list: T[], random: World['random']): T[] {
  const keyed = list.map((item) => ({ item, key: random.next() }))
  return keyed.sort((one, other) => one.key - other.key).map(({ item }) => item)
}
