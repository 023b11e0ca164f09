/** `npm run chaos`: attacks the stack on this machine, and reports which guarantees held. */
import { cpSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { placesIn } from '../../local/src/database/server.ts'
import { readFlagsOrExit } from '../../terminal/script.ts'
import { startTestServer } from '../support/server.ts'
import { besiege } from './besiege.ts'
import { BREAKS, type Break } from './breaks.ts'
import { crowd } from './crowd.ts'
import { disturb } from './disturb.ts'
import type { Result } from './result.ts'
import { type ChaosDatabase, openWorld, type World } from './world.ts'

const HELP = `Usage: npm run chaos -- [--minutes n] [--seed s] [scenario …]

Attacks the whole stack on this machine: every AWS call of its functions may fail, hang or be cut, the database breaks
or dies, and the process is killed. Then it checks every guarantee. Without a scenario, it runs “faults” and “kills”
in turn, each time with a new seed, until the time is over.

  faults    --requests n (default 40) --rate p (default 0.05)
            --breaks a,b (default all): one break for every twenty requests: the database is down,
            killed, silent or half-open, the clock jumps, the process is frozen, the disk is full
  kills     --kills n (default 10): this many requests, with one kill for each
  hostile   --messages n (default 200): messages that are not requests
  crowd     --requests n (default 200): many requests at once

  --minutes n   duration without a scenario (default 5); “faults” and “kills” alone send no new requests after this time
                (default: no limit)
  --seed s      repeats a run's choices (default: a random seed, which is printed)
`
const OPTIONS = {
  minutes: { type: 'string' },
  seed: { type: 'string' },
  requests: { type: 'string' },
  kills: { type: 'string', default: '10' },
  messages: { type: 'string', default: '200' },
  rate: { type: 'string', default: '0.05' },
  breaks: { type: 'string', default: BREAKS.join(',') },
  help: { type: 'boolean' },
} as const

const { values, rest: scenarios } = readFlagsOrExit(HELP, OPTIONS, { takesRest: true })

const limit = () => (values.minutes === undefined ? {} : { minutes: Number(values.minutes) })

const SCENARIOS: Record<string, (world: World) => Promise<Result>> = {
  faults: (world) => {
    const requests = Number(values.requests ?? 40)
    return disturb(world, {
      requests,
      rate: Number(values.rate),
      kills: 0,
      breaks: Math.ceil(requests / 20),
      kinds: values.breaks.split(',') as Break[],
      ...limit(),
    })
  },
  kills: (world) =>
    disturb(world, { requests: Number(values.kills), rate: 0, kills: Number(values.kills), breaks: 0, ...limit() }),
  hostile: (world) => besiege(world, { messages: Number(values.messages) }),
  crowd: (world) => crowd(world, { requests: Number(values.requests ?? 200) }),
}

/** Kills the server. Does nothing if it is not running, because it was just killed. */
function killOf(pidFile: string) {
  try {
    process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'ESRCH') throw error
  }
}

async function attack(name: string, seed: string): Promise<boolean> {
  const { facts, stop, directory } = await startTestServer('mariadb')
  const pidFile = placesIn(join(directory, 'database')).pidFile
  const { host, port, admin } = facts
  const connection = { host, port, user: admin.username, password: admin.password, database: facts.database }
  try {
    const world = await openWorld({
      ...{ seed, database: { ...facts, connection } as ChaosDatabase, orders: 500 },
      smallDisk: name === 'faults',
      killDatabase: () => killOf(pidFile),
      progress: (line) => console.error(`${new Date().toISOString().slice(11, 19)} ${line}`),
    })
    try {
      const { figures, problems } = await SCENARIOS[name]!(world)
      console.log(`\n${name}, seed ${seed}`)
      for (const [what, value] of Object.entries(figures)) console.log(`  ${what}: ${value}`)
      console.log(problems.length === 0 ? '  all held' : problems.map((line) => `  NOT HELD: ${line}`).join('\n'))
      if (problems.length > 0) {
        const kept = mkdtempSync(join(tmpdir(), 'carryout-kept-'))
        cpSync(world.stateDirectory, kept, { recursive: true })
        console.log(`Repeat it with: ${commandOf(name, seed)}\nIts state directory was copied to ${kept}`)
        console.log(`Last output of its process:\n${world.cloud.log}`)
      }
      return problems.length === 0
    } finally {
      await world.close()
    }
  } finally {
    await stop()
  }
}

function commandOf(name: string, seed: string): string {
  const given = Object.entries(values).filter(([option, value]) => value && !['minutes', 'seed'].includes(option))
  return [
    'npm run chaos --',
    name,
    '--seed',
    seed,
    ...given.flatMap(([option, value]) => [`--${option}`, String(value)]),
  ].join(' ')
}

async function main(): Promise<number> {
  if (values.help) {
    console.log(HELP)
    return 0
  }
  const unknown = scenarios.find((name) => !Object.hasOwn(SCENARIOS, name))
  if (unknown !== undefined) {
    console.error(`Unknown scenario ${unknown}. Choose from ${Object.keys(SCENARIOS).join(', ')}.`)
    return 2
  }
  const kind = values.breaks.split(',').find((each) => !(BREAKS as readonly string[]).includes(each))
  if (kind !== undefined) {
    console.error(`Unknown break ${kind}. Choose from ${BREAKS.join(', ')}.`)
    return 2
  }
  const seed = values.seed ?? Math.random().toString(36).slice(2, 8)
  if (scenarios.length > 0) {
    let held = true
    for (const name of scenarios) held = (await attack(name, seed)) && held
    return held ? 0 : 1
  }
  const until = Date.now() + Number(values.minutes ?? 5) * 60_000
  for (let round = 0; Date.now() < until; round++) {
    const own = round === 0 ? seed : `${seed}-${round}`
    if (!(await attack(round % 2 === 0 ? 'faults' : 'kills', own))) return 1
  }
  return 0
}

process.exitCode = await main()
