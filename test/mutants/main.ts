/** `npm run mutants`: makes one faulty change at a time in a copy of the repository, and checks whether it is noticed. */
import { readFlagsOrExit } from '../../terminal/script.ts'
import { randomOf } from '../chaos/random.ts'
import { type Chosen, chooseChanges, MODULES } from './chosen.ts'
import { mutants } from './mutants.ts'
import { type Healthy, type Outcome, openTrial } from './trial.ts'

const HELP = `Usage: npm run mutants -- [--minutes n] [--seed s] [name …]

Makes the changes that test/mutants/ lists, one at a time and in a copy of the repository, and runs the suites that must
fail. Prints how many changes were noticed, and lists the others. With --random, general operators make the changes instead,
the suites that import the module run first, and the compiler and wider suites if those do not notice the change. A change
that makes a test hang counts as noticed.

  --minutes n   stop after this time, and print how many changes were not tried (default: no limit)
  --parallel n  try this many changes at the same time, each in its own copy (default: 1)
  --seed s      shuffles the list (default: its own order); with --random, chooses the changes (default: 1)
  --random n    this many inverted comparisons, constant conditions, changed numbers and omitted calls
  --in a,b      with --random, only these folders or files (default: ${MODULES.join(',')})
  --list        print the changes instead of trying them
`

const FLAGS = {
  minutes: { type: 'string' },
  seed: { type: 'string' },
  random: { type: 'string' },
  in: { type: 'string' },
  parallel: { type: 'string', default: '1' },
  list: { type: 'boolean' },
  help: { type: 'boolean' },
} as const
const { values, rest: names } = readFlagsOrExit(HELP, FLAGS, { takesRest: true })

/** @returns the named mutants of the list, or all of them. A mutant applies only if its `from` occurs exactly once in its file. */
function listed(names: readonly string[]): Chosen[] {
  return mutants
    .filter(({ name }) => names.length === 0 || names.includes(name))
    .map(({ name, file, from, to, suites }) => ({
      ...{ name, file, suites, wider: [] },
      apply: (source) => (source.split(from).length === 2 ? source.replace(from, () => to) : source),
    }))
}

async function main(): Promise<number> {
  if (values.help) {
    console.log(HELP)
    return 0
  }
  const unknown = names.find((name) => !mutants.some((mutant) => mutant.name === name))
  if (unknown !== undefined) {
    console.error(`Unknown mutant ${unknown}.`)
    return 2
  }
  const { seed, random: count } = values
  const chosen =
    count === undefined
      ? listed(names)
      : chooseChanges(Number(count), { seed: seed ?? '1', folders: values.in?.split(',') ?? MODULES })
  if (count === undefined && seed !== undefined) {
    const random = randomOf(seed)
    const keys = new Map(chosen.map((mutant) => [mutant, random.next()]))
    chosen.sort((one, other) => keys.get(one)! - keys.get(other)!)
  }
  if (values.list) {
    for (const { name } of chosen) console.log(name)
    return 0
  }
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  const counts = await tryAll(chosen, stop.signal)
  report(chosen.length, counts)
  return counts.survived.length + counts.broken.length > 0 ? 1 : 0
}

type Counts = Record<Outcome, string[]>

/** Tries the changes until all are tried, the time is over or the run is interrupted. */
async function tryAll(chosen: readonly Chosen[], signal: AbortSignal): Promise<Counts> {
  const until = values.minutes === undefined ? Number.POSITIVE_INFINITY : Date.now() + Number(values.minutes) * 60_000
  const counts: Counts = { killed: [], compiler: [], wider: [], survived: [], judged: [], broken: [] }
  const healthy: Healthy = new Map()
  const queue = chosen.values()
  let tried = 0
  const one = async () => {
    const trial = openTrial(healthy, signal)
    try {
      for (const change of queue) {
        const outcome = await trial.attempt(change)
        if (signal.aborted) break
        counts[outcome].push(change.name)
        console.log(`${++tried}/${chosen.length} ${outcome.padEnd(8)} ${change.name}`)
        if (Date.now() > until) break
      }
    } finally {
      trial.close()
    }
  }
  await Promise.all(Array.from({ length: Number(values.parallel) }, one))
  return counts
}

function report(chosen: number, { killed, compiler, wider, survived, judged, broken }: Counts) {
  const noticed = killed.length + compiler.length + wider.length
  const tried = noticed + survived.length
  const percent = tried ? Math.floor((noticed / tried) * 100) : 0
  console.log(`\n${noticed} of ${tried} noticed (${percent} %)`)
  if (compiler.length + wider.length > 0)
    console.log(`Of these, ${compiler.length} only by the compiler and ${wider.length} only by wider suites`)
  if (judged.length > 0)
    console.log(`Not tried, because test/mutants/judged/ says why none is needed: ${judged.length}`)
  if (survived.length > 0) console.log(`Not noticed:\n  ${survived.join('\n  ')}`)
  if (broken.length > 0)
    console.log(`Not tried, because they do not apply or their suites fail without them:\n  ${broken.join('\n  ')}`)
  const left = chosen - tried - judged.length - broken.length
  if (left > 0) console.log(`Not tried: ${left}`)
}

process.exitCode = await main()
