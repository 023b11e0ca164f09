/** `node bench/memory.ts`: prints the peak memory of an export, which must not grow with its rows. */

import { formats } from '../engine/formats/formats.ts'
import { readFlags } from '../terminal/script.ts'
import { UsageError } from '../terminal/usage-error.ts'
import { transportsOf } from './arguments.ts'
import { openBench } from './bench.ts'
import { carryout } from './carryout-side.ts'
import { closing, count, runCommand } from './command.ts'
import type { CarryoutOptions } from './task.ts'

const HELP = `Usage: node bench/memory.ts [rows …] [options]

Exports one table with each number of rows (by default 1000000 and 5000000), and prints the peak memory of each export.

  --formats <a,b>  some of ${Object.keys(formats).join(', ')} (default csv)
  --transport <t>  tls, plain or both (default tls, as deployed)
  --help           show this text
`

async function main(): Promise<void> {
  const { sizes, wanted, transports, help } = readArguments()
  if (help) return console.log(HELP)
  const bench = await openBench((line) => console.error(line))
  await closing(bench.close, async () => {
    console.log(
      '| format | transport | rows | bytes | peak RSS, MB | large collections |\n| --- | --- | ---: | ---: | ---: | ---: |',
    )
    for (const rows of sizes) {
      await bench.fill(rows)
      for (const format of wanted) {
        for (const transport of transports) {
          const side = carryout(format, '', { format })
          const outcome = await side.run(bench.task(rows, `memory/${format}`, transport), bench)
          const { bytes = 0, peakRssMB = '', largeCollections = '' } = outcome
          await bench.clean()
          const cells = [
            format,
            transport,
            rows.toLocaleString('en'),
            bytes.toLocaleString('en'),
            peakRssMB,
            largeCollections,
          ]
          console.log(`| ${cells.join(' | ')} |`)
        }
      }
    }
  })
}

/** @throws UsageError */
function readArguments() {
  const flags = {
    formats: { type: 'string', default: 'csv' },
    transport: { type: 'string', default: 'tls' },
    help: { type: 'boolean', short: 'h' },
  } as const
  const { rest, values } = readFlags(flags, { takesRest: true })
  const wanted = values.formats.split(',').map((name) => {
    if (Object.hasOwn(formats, name)) return name as NonNullable<CarryoutOptions['format']>
    throw new UsageError(`--formats: there is no ${name}; there are ${Object.keys(formats).join(', ')}`)
  })
  const sizes = rest.length > 0 ? rest.map((text) => count('The number of rows', text)) : [1_000_000, 5_000_000]
  return { sizes, wanted, transports: transportsOf(values.transport), help: values.help }
}

runCommand(main, HELP)
