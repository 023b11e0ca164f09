/** `npm run bench`: compares Carryout with its peers, on the same table, server and S3 endpoint. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { HELP, type Options, readArguments } from './arguments.ts'
import { chart } from './chart.ts'
import { runCommand } from './command.ts'
import type { Compared } from './compare.ts'
import { summary } from './figures.ts'
import { goalsOf, type Results } from './goals.ts'
import { coldStartTable, emptyExportTable, goalsTable, machine, table } from './report.ts'

async function main(): Promise<void> {
  const options = readArguments(process.argv.slice(2))
  if (options.help) return console.log(HELP)
  const coldStart = options.alone.includes('coldImport')
    ? await (await import('./cold-start.ts')).measureColdStart(say)
    : null
  const emptyExport = options.alone.includes('emptyExport')
    ? await (await import('./empty-export.ts')).measureEmptyExport(say)
    : null
  const demo = options.alone.includes('demo') ? await (await import('./demo.ts')).measureDemo(say) : null
  // The sides run last, because they take the longest and a failure must not lose the other figures.
  const compared = options.sides.length > 0 ? await compareSides(options) : null
  report(compared, { figures: compared?.figures ?? { tls: [], plain: [] }, coldStart, emptyExport, demo }, options)
}

/** Loads the sides' modules only after the arguments were checked. */
async function compareSides(options: Options): Promise<Compared> {
  const [{ allSides }, { compare }, { findPrograms }] = await Promise.all([
    import('./sides.ts'),
    import('./compare.ts'),
    import('./programs.ts'),
  ])
  const programs = findPrograms(say, options.mayDownload)
  const all = allSides({ client: options.client, programs })
  return compare(
    options.sides.map((name) => all[name]),
    { ...options, say },
  )
}

function report(compared: Compared | null, results: Results, options: Options): void {
  const { coldStart, emptyExport } = results
  const goals = goalsOf(results)
  if (compared) {
    const { rows, runs, server, figures, skipped, isPinned } = compared
    const place = isPinned ? 'the exporter on a processor of its own' : 'all on any processor'
    const what = `${rows.toLocaleString('en')} rows, median of ${runs}, ${place}, ${machine()}, server ${server}`
    console.log(table(figures))
    for (const line of skipped) console.log(line)
    console.log(what)
    write(join(options.results, 'rows-per-second.svg'), chart(figures, what))
  }
  if (coldStart) console.log(`\n${coldStartTable(coldStart)}`)
  if (emptyExport) console.log(`\n${emptyExportTable(emptyExport)}`)
  console.log(`\n${goalsTable(goals)}`)
  const all = { at: new Date().toISOString(), machine: machine(), ...compared, ...results, goals }
  write(join(options.results, 'results.json'), json(all))
  if (!options.json) return
  const { plain, tls } = results.figures
  const ofTransports = { rows: options.rows, ...summary(plain), tls: summary(tls) }
  write(options.json, json({ ...ofTransports, coldImport: coldStart, emptyExport, goals }))
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

function write(file: string, text: string): void {
  writeFileSync(file, text)
  say(`Wrote ${file}`)
}

function say(line: string): void {
  console.error(line)
}

runCommand(main, HELP)
