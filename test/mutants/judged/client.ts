import type { Judgement } from './judgement.ts'

const BULK_REPLAYS = 'client/bulk-replays.ts'
const ONLY_SIGN = 'Only the sign of a comparison matters.'
const AS_OLD = 'Failures of the same millisecond may come in any order.'

export const clientJudgements: Judgement[] = [
  {
    file: 'client/steps.ts',
    line: 'if (attempt) attempt.endedAt = at',
    change: 'attempt → true',
    because: 'Step Functions schedules a task before it succeeds.',
  },
  {
    file: 'client/web/remembered.ts',
    line: '#until = 0',
    change: '0 → (0 + 1)',
    because: 'Without a value the time is not asked for.',
  },
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
  {
    ...{ file: 'client/failures.ts', line: 'const COMPARED_CHARACTERS = 200', change: '200 → (200 + 1)' },
    because: 'How much of a long reason is compared is not promised.',
  },
  ...['0 → (0 + 1)', '16 → (16 + 1)'].map((change) => ({
    file: 'client/failures.ts',
    line: "return createHash('sha256').update(cause).digest('hex').slice(0, 16)",
    ...{ change, because: 'Any 15 digits of the digest distinguish causes as well.' },
  })),
  {
    ...{ file: 'client/forecast.ts', line: 'if (!known.has(exportName)) {', change: '!known.has(exportName) → true' },
    because: 'Only the speed depends on what is remembered.',
  },
  {
    file: 'client/forecast.ts',
    line: 'if (!before || entry.requestedAt > before.endedAt!) return []',
    change: 'entry.requestedAt > before.endedAt! → (entry.requestedAt) >= (before.endedAt!)',
    because: 'A request that comes in the very millisecond in which the slot becomes free may count either way.',
  },
  {
    ...{ file: 'client/logs.ts', line: 'const PAUSE_MILLIS = 2_000', change: '2_000 → (2_000 + 1)' },
    because: 'A pause of a millisecond more is the same.',
  },
  ...['at < from → false', 'seen.delete(eventId) → ;'].map((change) => ({
    file: 'client/logs.ts',
    line: 'for (const [eventId, at] of seen) if (at < from) seen.delete(eventId)',
    ...{ change, because: 'It frees memory of lines that CloudWatch does not give again.' },
  })),
  {
    ...{ file: 'client/history.ts', line: 'const FEW = 50', change: '50 → (50 + 1)' },
    because: 'The size of a page is a matter of speed.',
  },
  ...[
    ['const PAGE_ITEMS = 1_000', '1_000 → (1_000 + 1)'],
    ['const FILTERED_ITEMS = 200', '200 → (200 + 1)'],
    ['{ limit = 20 }: DownloadsQuery,', '20 → (20 + 1)'],
    ['if (!FilterExpression) return Math.min(limit + 2, PAGE_ITEMS)', '2 → (2 + 1)'],
  ].map(([line = '', change = '']) => ({
    file: 'client/table-list.ts',
    ...{ line, change, because: 'How many items one call reads is a matter of speed.' },
  })),
  {
    ...{ file: 'client/table.ts', line: 'const LOOKED_AT = 200', change: '200 → (200 + 1)' },
    because: 'How many runs a forecast looks at is not promised.',
  },
  ...['2_000 → (2_000 + 1)', '5_000 → (5_000 + 1)'].map((change) => ({
    file: 'client/table.ts',
    line: 'const REQUEST_HANDLER = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true }',
    ...{ change, because: 'A time-out of a millisecond more is the same.' },
  })),
  ...['2 → (2 + 1)', '8 → (8 + 1)'].map((change) => ({
    file: 'client/table.ts',
    line: 'const suffix = Math.random().toString(36).slice(2, 8)',
    ...{ change, because: 'Any five digits distinguish two actions of one millisecond.' },
  })),
  {
    ...{ file: 'client/carryout.ts', line: 'const LONGEST_ENTERING_MILLIS = 2_000', change: '2_000 → (2_000 + 1)' },
    because: 'A time-out of a millisecond more is the same.',
  },
  {
    ...{ file: 'client/progress.ts', line: 'let end = 0', change: '0 → (0 + 1)' },
    because: 'No chunk was written in the first millisecond of 1970.',
  },
  {
    file: 'client/progress.ts',
    line: 'return millis > 0 ? Math.round(rows / (millis / 1000)) : null',
    ...{ change: '0 → (0 + 1)', because: 'A rate over a single millisecond says nothing.' },
  },
  {
    file: 'client/table-list.ts',
    line: '.sort((one, other) => (isNewer(one, other) ? -1 : 1))',
    ...{ change: '1 → (1 + 1)', because: ONLY_SIGN },
  },
  {
    file: 'client/table-list.ts',
    line: 'if (one.position !== other.position) return one.position > other.position',
    change: 'one.position > other.position → (one.position) >= (other.position)',
    because: 'The two are different there.',
  },
  ...['idOf(one) > idOf(other) → (idOf(one)) >= (idOf(other))'].map((change) => ({
    ...{ file: 'client/table-list.ts', line: 'return idOf(one) > idOf(other)', change },
    because: 'No two entries have one id.',
  })),
  {
    file: 'client/table-list.ts',
    line: 'const from = (since ?? new Date(0)).toISOString()',
    ...{ change: '0 → (0 + 1)', because: 'Nothing was requested in the first millisecond of 1970.' },
  },
  {
    ...{ file: 'client/actions.ts', line: 'if (table) await write(table)', change: 'table → true' },
    because: 'Without a table the call fails, and that failure is caught like any other of the table.',
  },
  {
    file: 'client/schedules.ts',
    line: '(newest, run) => (newest && newest.scheduledAt >= run.scheduledAt ? newest : run),',
    change: 'newest.scheduledAt >= run.scheduledAt → (newest.scheduledAt) > (run.scheduledAt)',
    because: 'One time of one schedule is one request.',
  },
  {
    ...{ file: 'client/carryout.ts', line: 'if (table)', change: 'table → true' },
    because: 'Without a table the call fails, and that failure is caught like any other of the table.',
  },
  {
    ...{
      file: 'client/table-list.ts',
      line: "':to': { S: from > to ? from : to },",
      change: 'from > to → (from) >= (to)',
    },
    because: 'Equal ends are the same whichever is taken.',
  },
  {
    ...{
      file: 'client/operator.ts',
      line: 'return traceOf(await this.executions.events(id, 0))',
      change: '0 → (0 + 1)',
    },
    because: 'The first event only says that the execution started, which is not part of the trace.',
  },
  {
    ...{ file: 'client/sent.ts', line: 'const REMEMBERED = 1_000', change: '1_000 → (1_000 + 1)' },
    because: 'How many requests are remembered is not promised.',
  },
  {
    file: 'client/sent.ts',
    line: 'if (this.#sent.size >= REMEMBERED) this.#sent.delete(this.#sent.keys().next().value!)',
    change: 'this.#sent.size >= REMEMBERED → (this.#sent.size) > (REMEMBERED)',
    because: 'How many requests are remembered is not promised.',
  },
  ...['30 → (30 + 1)', '24 → (24 + 1)', '60 → (60 + 1)', '1000 → (1000 + 1)'].map((change) => ({
    file: 'client/table-standing.ts',
    line: 'const LOOKED_BACK_MILLIS = 30 * 24 * 60 * 60 * 1000',
    ...{ change, because: 'A request can wait or run for 30 days, more or less; nobody relies on the last one.' },
  })),
  ...['client/executions.ts', 'client/rebuild.ts'].map((file) => ({
    ...{ file, line: 'const DESCRIBED_AT_ONCE = 5', change: '5 → (5 + 1)' },
    because: 'How many calls run at once is a matter of speed.',
  })),
  {
    file: 'client/executions.ts',
    line: 'for (let at = 0; at < Math.min(ids.length, limit); at += DESCRIBED_AT_ONCE) {',
    change: 'at < Math.min(ids.length, limit) → (at) <= (Math.min(ids.length, limit))',
    because: 'There is nothing behind the last execution.',
  },
  {
    file: 'client/rebuild.ts',
    line: 'for (let at = 0; at < executions.length; at += DESCRIBED_AT_ONCE) {',
    change: 'at < executions.length → (at) <= (executions.length)',
    because: 'There is nothing behind the last execution.',
  },
  {
    ...{ file: 'client/dead-letters.ts', line: 'const LOOK_SECONDS = 30', change: '30 → (30 + 1)' },
    because: 'A second more until messages that were not put back appear again makes no difference.',
  },
  ...[
    ['const MOST_LOOKS = 5', '5 → (5 + 1)'],
    ['for (let look = 0; look < MOST_LOOKS; look++) {', '0 → (0 + 1)'],
    ['for (let look = 0; look < MOST_LOOKS; look++) {', 'look < MOST_LOOKS → (look) <= (MOST_LOOKS)'],
  ].map(([line = '', change = '']) => ({
    file: 'client/dead-letters.ts',
    ...{ line, change, because: 'Carryout’s own queue has one group, which the first call returns.' },
  })),
  ...[
    ['const CHANGES = 60', '60 → (60 + 1)'],
    ['const CHANGE_PAUSE_MILLIS = 1_000', '1_000 → (1_000 + 1)'],
    ['for (let attempt = 1; ; attempt++) {', '1 → (1 + 1)'],
  ].map(([line = '', change = '']) => ({
    file: 'client/pause.ts',
    ...{ line, change, because: 'Whether it is given up after 59, 60 or 61 seconds makes no difference.' },
  })),
  ...['2_000 → (2_000 + 1)', '35_000 → (35_000 + 1)'].map((change) => ({
    file: 'client/catalogue.ts',
    line: 'const REQUEST_HANDLER = { connectionTimeout: 2_000, requestTimeout: 35_000, throwOnRequestTimeout: true }',
    ...{ change, because: 'A time-out of a millisecond more is the same.' },
  })),
  ...[
    ['const FIRST_PAUSE_MILLIS = 250', '250 → (250 + 1)'],
    ['const LONGEST_PAUSE_MILLIS = 4_000', '4_000 → (4_000 + 1)'],
  ].map(([line = '', change = '']) => ({
    file: 'client/follow.ts',
    ...{ line, change, because: 'A pause of a millisecond more is the same.' },
  })),
  {
    file: 'client/element/download-store.ts',
    line: "return crypto.getRandomValues(new Uint32Array(3)).join('-')",
    ...{ change: '3 → (3 + 1)', because: 'A longer id is as random.' },
  },
  {
    file: 'client/element/download-store.ts',
    line: 'delay(seconds * (1.2 + Math.random() / 2))',
    ...{ change: '2 → (2 + 1)', because: 'How much later another tab asks is not promised.' },
  },
  {
    file: 'client/element/download-store.ts',
    line: 'tell({ key, download: null, seconds: 0 })',
    ...{ change: '0 → (0 + 1)', because: 'A store that hears of a forgotten download does not ask for it.' },
  },
  {
    file: 'client/element/download-store.ts',
    line: `cancel: () => act(\`\${known}/cancel\`, (body) => adopt(body, 0)),`,
    ...{ change: '0 → (0 + 1)', because: 'The call that follows at once tells the seconds anew.' },
  },
  {
    ...{ file: 'client/element/list-element.ts', line: 'this.#items.delete(id)', change: 'this.#items.delete(id) → ;' },
    because: 'It frees the memory of what left the list.',
  },
  {
    ...{ file: 'client/element/store.ts', line: 'let isAsked = false', change: 'false → true' },
    because: 'Every call sets it before it is read.',
  },
  {
    ...{ file: 'client/element/store.ts', line: 'let isPollRefused = false', change: 'false → true' },
    because: 'Whatever sets a problem sets it, and without a problem there is nothing to clear.',
  },
]
