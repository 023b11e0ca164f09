import { type Judgement, judged } from './judgement.ts'

export const clientWebJudgements: Judgement[] = [
  ...judged('client/web/site.ts', 'It only frees the memory of a promise that has ended.', [
    ['if (this.#turns.get(user) === turn) this.#turns.delete(user)', 'this.#turns.get(user) === turn → false'],
    ['if (this.#turns.get(user) === turn) this.#turns.delete(user)', 'this.#turns.delete(user) → ;'],
  ]),
  ...judged('client/web/site.ts', 'A server that ends a few seconds later is as good.', [
    ['sleep(EXAMINED_MILLIS, undefined, { ref: false }).then(() => {', 'false → true'],
  ]),
  ...judged('client/web/options.ts', 'Any valid number says that an omitted limit is valid.', [
    ["const { base = '/downloads', pendingLimit = 1, origins = [] } = options", '1 → (1 + 1)'],
  ]),
  ...judged('client/web/routes/one.ts', 'A download that waits has a position.', [
    [
      "return status === 'running' ? RUNNING_SECONDS : Math.min(LONGEST_SECONDS, RUNNING_SECONDS + (position ?? 0))",
      '0 → (0 + 1)',
    ],
  ]),
  ...judged('client/web/routes/again.ts', 'The table has no entry with the new id.', [
    ['const requested = await send(call, { request, isKeyed: false, fresh: true, over: id })', 'false → true'],
  ]),
  ...judged('client/web/events.ts', 'A millisecond more makes no difference to a connection.', [
    ['const SILENT_MILLIS = 15_000', '15_000 → (15_000 + 1)'],
    [
      'if (isNew || Date.now() - written > SILENT_MILLIS) {',
      'Date.now() - written > SILENT_MILLIS → (Date.now() - written) >= (SILENT_MILLIS)',
    ],
    ['const LONGEST_MILLIS = 10 * 60_000', '60_000 → (60_000 + 1)'],
  ]),
]
