/** `node bench/memory.ts [rows …] [--formats csv,xlsx]`: the peak memory of an export, which must not grow with its rows. */
import { parseArgs } from 'node:util'
import { formats } from '../engine/formats.ts'
import { openBench } from './bench.ts'
import { carryout } from './sides.ts'
import type { CarryoutOptions } from './task.ts'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { formats: { type: 'string', default: 'csv' } },
})
const sizes = positionals.length > 0 ? positionals.map(Number) : [1_000_000, 5_000_000]
const wanted = values.formats.split(',')
const isWrong =
  sizes.some((rows) => !Number.isSafeInteger(rows) || rows < 1) || wanted.some((name) => !(name in formats))
if (isWrong) {
  console.error(`Usage: node bench/memory.ts [rows …] [--formats ${Object.keys(formats).join(',')}]`)
  process.exit(2)
}

const bench = await openBench((line) => console.error(line))
try {
  console.log('| format | rows | bytes | peak RSS, MB |\n| --- | ---: | ---: | ---: |')
  for (const rows of sizes) {
    await bench.fill(rows)
    for (const format of wanted as NonNullable<CarryoutOptions['format']>[]) {
      const side = carryout(format, '', { format })
      const { bytes = 0, peakRssMB } = await side.run(bench.task(rows, `memory/${format}`))
      await bench.clean()
      console.log(`| ${format} | ${rows.toLocaleString('en')} | ${bytes.toLocaleString('en')} | ${peakRssMB} |`)
    }
  }
} finally {
  await bench.close()
}
