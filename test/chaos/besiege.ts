/** The scenario `hostile`: sends messages that are not requests. */
import { setTimeout as sleep } from 'node:timers/promises'
import { hostileBodies } from './hostile.ts'
import { mailsByName, NO_FILE } from './model.ts'
import { type Result, SETTLE_MILLIS } from './result.ts'
import type { World } from './world.ts'

const LOOK_MILLIS = 1_000

/** Sends messages that are not requests, or only look like requests. Each must become one failure, with a notification. */
export async function besiege(world: World, { messages }: { messages: number }): Promise<Result> {
  const { cloud, random } = world
  const [begun, used] = [performance.now(), cloud.processorSeconds]
  const bodies = hostileBodies(messages, random.fork('hostile'))
  const before = new Set((await cloud.executions()).map(({ name }) => name))
  const { ids, refused } = await cloud.send(bodies.map(({ body }) => body))
  const until = performance.now() + SETTLE_MILLIS + messages * 2_000
  let running = 1
  while (performance.now() < until && (running > 0 || (await cloud.waiting()) > 0)) {
    await sleep(LOOK_MILLIS)
    running = (await cloud.executions('RUNNING')).length
    world.progress(`${await cloud.waiting()} messages wait`)
  }
  // The last mails arrive a moment later.
  await world.settle(30_000)
  const dead = await cloud.waiting('CarryoutDeadLetterQueueUrl')
  const all = await cloud.executions()
  const hostile = all.filter(({ name }) => !before.has(name))
  for (const { name } of hostile) world.files.set(name, NO_FILE)
  const made = hostile.length
  const mails = await cloud.mails()
  const announced = mailsByName(mails)
  const silent = all.filter(({ name, status }) => status !== 'SUCCEEDED' && !announced.has(name))
  const problems = silent.map(({ name }) => `${name} failed without a notification`)
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
      'processor milliseconds per message': Math.round(((cloud.processorSeconds - used) * 1000) / messages),
      seconds: Math.round((performance.now() - begun) / 1000),
    },
    problems: [...new Set(problems)],
  }
}
