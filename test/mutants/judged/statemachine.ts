import type { Judgement } from './judgement.ts'

const LONG_REASON = 'How much of a long reason is kept is not promised; it only has to be bounded.'
const PAST_THE_LAST = 'The values past a field’s last are in none of its spans.'

export const statemachineJudgements: Judgement[] = [
  ...[
    ['1 → (1 + 1)', 'Only the sign of a comparison counts.'],
    ['one < other → (one) <= (other)', 'No two names of one object are equal.'],
  ].map(([change, because]) => ({
    file: 'statemachine/likeness.ts',
    line: 'const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))',
    ...{ change: change!, because: because! },
  })),
  {
    file: 'statemachine/notice.ts',
    ...{ line: 'const REASON_CHARACTERS = 500', change: '500 → (500 + 1)', because: LONG_REASON },
  },
  {
    file: 'statemachine/table-entry.ts',
    ...{ line: 'const REASON_CHARACTERS = 300', change: '300 → (300 + 1)', because: LONG_REASON },
  },
  {
    file: 'statemachine/outage.ts',
    ...{ line: 'const REASON_CHARACTERS = 500', change: '500 → (500 + 1)', because: LONG_REASON },
  },
  {
    file: 'statemachine/notice.ts',
    ...{ line: 'name: noticeName(status, failure?.redriveCount ?? 0),', change: '0 → (0 + 1)' },
    because: 'The name of a ready file’s notice has no number.',
  },
  ...['most - least → (most) + (least)', '1 → (1 + 1)'].map((change) => ({
    file: 'statemachine/next-run.ts',
    line: 'return Array.from({ length: most - least + 1 }, (_, index) => least + index).filter(isIn(items, field))',
    ...{ change, because: PAST_THE_LAST },
  })),
  ...['0 → (0 + 1)', '32 → (32 + 1)'].map((change) => ({
    file: 'statemachine/waiting.ts',
    line: "return createHash('sha256').update(input).digest('hex').slice(0, 32)",
    ...{ change, because: 'Any 31 digits of the digest distinguish requests as well.' },
  })),
]
