/**
 * Carryout's guarantees, the tests of each, and the mutants that show that those tests can fail. `node test/guarantees.ts`
 * writes the table, and a test compares it.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mutants } from './mutants/mutants.ts'

export interface Guarantee {
  promise: string
  /** A file, and a piece of it that names the test. */
  tests: [file: string, name: string][]
}

const CHAOS: [string, string] = [
  'test/chaos/chaos.test.ts',
  'each request becomes one correct file or one notice, and nothing is left',
]

/** By their numbers, from 1 on. */
export const guarantees: Guarantee[] = [
  {
    promise:
      'Every accepted message becomes exactly one execution, or goes to the dead-letter queue. A second identical click makes none.',
    tests: [
      ['test/pipeline/bad-requests.test.ts', 'the same message twice is one execution and one mail'],
      ['test/chaos/hostile.test.ts', 'each invalid message becomes one failure'],
      ['local/test/disk.test.ts', 'an execution pauses while the disk is full and continues where it was'],
    ],
  },
  {
    promise: 'The database never runs more export queries at once than `maxConcurrentQueries`, replays included.',
    tests: [['test/pipeline/many-at-once.test.ts', 'concurrent executions still query one after another'], CHAOS],
  },
  {
    promise: 'A file is complete or it is not announced. Nothing is ever truncated silently.',
    tests: [
      ['test/engine/finish.test.ts', 'whose CRC-32 differs is incomplete'],
      ['test/engine/finish.test.ts', 'is incomplete when a chunk is replaced between the listing and its copy'],
      ['local/test/s3/durability.test.ts', 'objects and parts with missing or truncated data are dropped at the start'],
    ],
  },
  {
    promise:
      'The same request gives the same bytes, however often it was cut, retried, killed or redriven, and whichever source read it.',
    tests: [
      ['test/pipeline/kill.test.ts', 'an export that is killed repeatedly continues, and its file is identical'],
      ['test/pipeline/data-api.test.ts', 'a file of many chunks has the same bytes as the uncut one'],
      CHAOS,
    ],
  },
  {
    promise: 'A manifest says which consistency the file has: `snapshot` or `chunks`.',
    tests: [['test/pipeline/data-api.test.ts', 'contains the data of one moment']],
  },
  {
    promise: 'Memory does not grow with the export.',
    tests: [['test/engine/memory.test.ts', 'does not grow with the export in any format']],
  },
  {
    promise:
      'Every failure reaches the requester and the operator. Nobody is told the same thing twice, except after a crash while telling them.',
    tests: [
      ['test/pipeline/notice/failure.ts', 'that was not announced is announced by the last line of defence'],
      ['test/pipeline/notice/requester.ts', 'gets no second mail of the same outcome'],
      ['test/functions/notify.test.ts', 'without the table the notice is still published'],
      CHAOS,
    ],
  },
  {
    promise:
      'A link works for as long as it says, and only for its requester. A file is deleted when its retention ends.',
    tests: [
      ['test/functions/open-link.test.ts', 'is answered and counted'],
      ['test/functions/notify.test.ts', 'a link that works as long as it says'],
    ],
  },
  {
    promise: 'No secret, and no row of data, is ever logged or mailed, whoever wrote the error’s text.',
    tests: [
      ['test/engine/rows/transform.test.ts', 'is reported by that name only; the rest goes to its author'],
      ['test/pipeline/failures.test.ts', 'has changed its password, which is never shown'],
      CHAOS,
    ],
  },
  {
    promise: 'Nothing waits forever: if a peer falls silent, its slot is free within a minute.',
    tests: [
      ['test/engine/sources/data-api-failures.test.ts', 'but not forever'],
      ['local/test/database/throwaway.test.ts', 'restarts with its rows, accounts and port when it dies'],
    ],
  },
  {
    promise: 'The server’s warnings are read: lost, cut or changed values fail the export.',
    tests: [
      ['test/engine/sources/warnings.test.ts', 'about a value beyond max_allowed_packet'],
      ['test/engine/sources/warnings.test.ts', 'in a chunk that was cut before the server had reported it'],
    ],
  },
  {
    promise: 'Another person’s request, file or link is answered as one that does not exist.',
    tests: [['test/functions/open-link.test.ts', 'a link with a changed %s opens nothing']],
  },
]

export const TABLE = join(import.meta.dirname, 'guarantees.md')

export function guaranteesTable(): string {
  const rows = guarantees.map(({ promise, tests }, index) => {
    const held = tests.map(([file, name]) => `“…${name}…” (\`${file}\`)`).join('<br>')
    const wrongs = mutants.filter(({ guarantee }) => guarantee === index + 1).map(({ name }) => `\`${name}\``)
    return `| ${index + 1} | ${promise} | ${held} | ${wrongs.join('<br>') || 'none yet'} |`
  })
  return [
    '# Guarantees and their tests',
    '',
    '`node test/guarantees.ts` writes this page. The last column names the mutants of `test/mutants/`, which are small mistakes in the',
    'sources that the tests must notice. `npm run mutants` tries them.',
    '',
    '| | guarantee | some of its tests | mutants that they notice |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}

if (import.meta.main) writeFileSync(TABLE, guaranteesTable())
