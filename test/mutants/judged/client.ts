import type { Judgement } from './judgement.ts'

const BULK_REPLAYS = 'client/bulk-replays.ts'
const ONLY_SIGN = 'Only the sign of a comparison matters.'
const AS_OLD = 'Failures of the same millisecond may come in any order.'

export const clientJudgements: Judgement[] = [
  {
    ...{ file: BULK_REPLAYS, line: 'const AT_ONCE = 20', change: '20 → (20 + 1)' },
    because: 'How many calls run at once is a matter of speed.',
  },
  {
    file: BULK_REPLAYS,
    line: 'for (let at = 0; at < inputs.length; at += AT_ONCE) {',
    ...{ change: 'at < inputs.length → (at) <= (inputs.length)', because: 'There is nothing behind the last input.' },
  },
  ...[
    'return downloads.toSorted((one, other) => (one.at < other.at ? -1 : 1))',
    'const newest = facts.sort((one, other) => (one.at < other.at ? 1 : -1)).slice(0, limit)',
    "return items.sort((one, other) => ((one.place ?? '') < (other.place ?? '') ? -1 : 1))",
  ].map((line) => ({ file: BULK_REPLAYS, line, change: '1 → (1 + 1)', because: ONLY_SIGN })),
  ...[
    'return downloads.toSorted((one, other) => (one.at < other.at ? -1 : 1))',
    'const newest = facts.sort((one, other) => (one.at < other.at ? 1 : -1)).slice(0, limit)',
  ].map((line) => ({
    ...{ file: BULK_REPLAYS, line, change: 'one.at < other.at → (one.at) <= (other.at)', because: AS_OLD },
  })),
  {
    file: BULK_REPLAYS,
    line: "return items.sort((one, other) => ((one.place ?? '') < (other.place ?? '') ? -1 : 1))",
    change: "(one.place ?? '') < (other.place ?? '') → ((one.place ?? '')) <= ((other.place ?? ''))",
    because: 'Only skipped executions have no place, and they may come in any order.',
  },
]
