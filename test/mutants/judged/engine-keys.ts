import { type Judgement, judged } from './judgement.ts'

export const keysJudgements: Judgement[] = [
  {
    file: 'engine/keys/cursor-order.ts',
    line: 'const sum = hours * 3600 + minutes * 60 + seconds',
    change: '3600 → (3600 + 1)',
    because: 'The sums of two times keep their order, because minutes and seconds add up to less than 3600.',
  },
  {
    file: 'engine/keys/key-axis.ts',
    line: `const text = String(number < 0n ? -number : number).padStart(digits + 1, '0')`,
    change: 'number < 0n → (number) <= (0n)',
    because: 'Zero has no sign.',
  },
  {
    file: 'engine/keys/key-axis.ts',
    line: 'const size = number < 0n ? -number : number',
    change: 'number < 0n → (number) <= (0n)',
    because: 'Zero has no sign.',
  },
  {
    file: 'engine/keys/key-axis.ts',
    line: 'while (length < a.length && a[length] === b[length]) length++',
    change: 'length < a.length → (length) <= (a.length)',
    because: 'Only between two equal texts does it count one more, and they have no axis anyway.',
  },
  {
    file: 'engine/keys/histogram.ts',
    line: 'const FINENESS = 8',
    change: '8 → (8 + 1)',
    because: 'The number only balances how even ranges are against how many lookups they take.',
  },
  {
    file: 'engine/keys/histogram.ts',
    line: 'const SPARE_HALVINGS = 32',
    change: '32 → (32 + 1)',
    because: 'The number only balances how even ranges are against how many lookups they take.',
  },
  {
    file: 'engine/keys/histogram.ts',
    line: 'const PROPOSALS = [0.5, 0.25, 0.75, 0.125, 0.875]',
    change: '0.25 → (0.25 + 1)',
    because: 'There are more places than are usually needed, and a proposal beyond the last key finds nothing.',
  },
  {
    file: 'engine/keys/histogram.ts',
    line: 'const PROPOSALS = [0.5, 0.25, 0.75, 0.125, 0.875]',
    change: '0.75 → (0.75 + 1)',
    because: 'There are more places than are usually needed, and a proposal beyond the last key finds nothing.',
  },
  {
    file: 'engine/keys/histogram.ts',
    line: 'const PROPOSALS = [0.5, 0.25, 0.75, 0.125, 0.875]',
    change: '0.125 → (0.125 + 1)',
    because: 'There are more places than are usually needed, and a proposal beyond the last key finds nothing.',
  },
  {
    file: 'engine/keys/histogram.ts',
    line: 'const PROPOSALS = [0.5, 0.25, 0.75, 0.125, 0.875]',
    change: '0.875 → (0.875 + 1)',
    because: 'There are more places than are usually needed, and a proposal beyond the last key finds nothing.',
  },
  {
    file: 'engine/keys/histogram.ts',
    line: 'for (let halvings = 0; halvings < SPARE_HALVINGS + 2 * FINENESS * ranges; halvings++) {',
    change:
      'halvings < SPARE_HALVINGS + 2 * FINENESS * ranges → (halvings) <= (SPARE_HALVINGS + 2 * FINENESS * ranges)',
    because: 'The number only balances how even ranges are against how many lookups they take.',
  },
  {
    file: 'engine/keys/histogram.ts',
    line: 'for (let halvings = 0; halvings < SPARE_HALVINGS + 2 * FINENESS * ranges; halvings++) {',
    change: '2 → (2 + 1)',
    because: 'The number only balances how even ranges are against how many lookups they take.',
  },
  {
    file: 'engine/keys/histogram.ts',
    line: 'if (!(await histogram.#halveLargest(1 / (FINENESS * ranges)))) break',
    change: '1 → (1 + 1)',
    because: 'The number only balances how even ranges are against how many lookups they take.',
  },
  {
    file: 'engine/keys/histogram.ts',
    line: 'if (halvings === 0 && rowsOf(histogram.#pieces) > UNCOUNTED * total) return null',
    change: 'rowsOf(histogram.#pieces) > UNCOUNTED * total → (rowsOf(histogram.#pieces)) >= (UNCOUNTED * total)',
    because: 'An estimate has no exact border.',
  },
  {
    file: 'engine/keys/histogram.ts',
    line: 'let before = 0',
    change: '0 → (0 + 1)',
    because: 'One row more or less does not change which piece is closest.',
  },
  {
    file: 'engine/keys/histogram.ts',
    line: 'if (Math.abs(before - wanted) <= error) [best, error] = [high, Math.abs(before - wanted)]',
    change: 'Math.abs(before - wanted) <= error → (Math.abs(before - wanted)) < (error)',
    because: 'Of two equally distant keys either will do.',
  },
  {
    file: 'engine/keys/histogram.ts',
    line: `const [up] = await this.#space.keys({ after: middle, upTo: high }, 1, 'first')`,
    change: '1 → (1 + 1)',
    because: 'Of more keys only the first is used.',
  },
  {
    file: 'engine/keys/histogram.ts',
    line: `const [down] = await this.#space.keys({ after: low, upTo: middle }, 1, 'last')`,
    change: '1 → (1 + 1)',
    because: 'Of more keys only the first is used.',
  },
  {
    file: 'engine/keys/histogram.ts',
    line: `return (await this.#space.keys({ after, upTo }, 1, 'first')).length > 0`,
    change: '1 → (1 + 1)',
    because: 'Of more keys only the first is used.',
  },
  {
    file: 'engine/keys/histogram.ts',
    line: 'const rows = (await this.#space.estimate({ after: this.#boundOf(low), upTo: high })) ?? 0',
    change: '0 → (0 + 1)',
    because: 'One row more or less does not change which pieces are divided.',
  },
  {
    file: 'engine/keys/histogram.ts',
    line: 'if (!largest || largest.rows <= share * rowsOf(this.#pieces)) return false',
    change: 'false → true',
    because: 'The search would only ask the same again until its limit, without a lookup.',
  },
  {
    file: 'engine/keys/key.ts',
    line: 'locateFields(bytes, at, index + 1, this.#starts, this.#ends)',
    change: '1 → (1 + 1)',
    because: 'Nothing reads the field after the key.',
  },
  {
    file: 'engine/keys/key.ts',
    line: 'locateFields(bytes, starts[row]!, index + 1, this.#starts, this.#ends)',
    change: '1 → (1 + 1)',
    because: 'Nothing reads the field after the key.',
  },
  {
    file: 'engine/keys/key.ts',
    line: 'locateFields(batch.bytes, batch.starts[row]!, this.#index + 1, this.#starts, this.#ends)',
    change: '1 → (1 + 1)',
    because: 'Nothing reads the field after the key.',
  },
  {
    file: 'engine/keys/key.ts',
    line: 'locateFields(batch.bytes, batch.starts[0]!, this.#index + 1, this.#starts, this.#ends)',
    change: '1 → (1 + 1)',
    because: 'Nothing reads the field after the key.',
  },
  {
    file: 'engine/keys/member.ts',
    line: 'export const MEMBER_BYTES = 1 << 20',
    change: '1 → (1 + 1)',
    because: 'A larger member compresses as well.',
  },
  {
    file: 'engine/keys/member.ts',
    line: 'export const MEMBER_BYTES = 1 << 20',
    change: '20 → (20 + 1)',
    because: 'A larger member compresses as well.',
  },
  {
    file: 'engine/keys/key.ts',
    line: '#isFirst = true',
    change: 'true → false',
    because: 'The constructor sets it before it is read.',
  },
  {
    file: 'engine/keys/key.ts',
    line: 'this.#starts = new Int32Array(this.#index + 1)',
    change: '1 → (1 + 1)',
    because: 'An array with a place more holds the same fields.',
  },
  {
    file: 'engine/keys/key.ts',
    line: 'this.#ends = new Int32Array(this.#index + 1)',
    change: '1 → (1 + 1)',
    because: 'An array with a place more holds the same fields.',
  },
  {
    file: 'engine/keys/key.ts',
    line: 'if (this.#isFirst && batch.rows > 0) this.#checkFirst(batch)',
    change: 'this.#isFirst && batch.rows > 0 → (this.#isFirst) || (batch.rows > 0)',
    because:
      'Checking the first row of every batch refuses the same keys, because the rows of a statement are in order.',
  },
  {
    file: 'engine/keys/key.ts',
    line: 'let length = this.#seen ? previous.length : -1',
    change: '1 → (1 + 1)',
    because: 'No key has a negative length, whichever it is.',
  },
  {
    file: 'engine/keys/key.ts',
    line: 'if (index > 0 || size >= NULL_FIELD) {',
    change: 'index > 0 || size >= NULL_FIELD → true',
    because: 'Short keys of the first column are located without a call only to save time.',
  },
  {
    file: 'engine/keys/key.ts',
    line: 'if (index > 0 || size >= NULL_FIELD) {',
    change: 'index > 0 → (index) >= (0)',
    because: 'Short keys of the first column are located without a call only to save time.',
  },
  {
    file: 'engine/keys/key.ts',
    line: 'for (let row = from; row < batch.rows; row++) {',
    change: 'row < batch.rows → (row) <= (batch.rows)',
    because: 'The number of rows is returned whether the place behind the last row looks like a mark or not.',
  },
  {
    file: 'engine/keys/key.ts',
    line: 'this.#isFirst = false',
    change: 'this.#isFirst = false → ;',
    because:
      'Checking the first row of every batch refuses the same keys, because the rows of a statement are in order.',
  },
  {
    file: 'engine/keys/key.ts',
    line: 'this.#isFirst = false',
    change: 'false → true',
    because:
      'Checking the first row of every batch refuses the same keys, because the rows of a statement are in order.',
  },
  ...judged('engine/keys/histogram.ts', 'Of two equal pieces either may be divided first.', [
    [
      'const largest = open.reduce<Piece | null>((most, piece) => (most && most.rows >= piece.rows ? most : piece), null)',
      'most.rows >= piece.rows → (most.rows) > (piece.rows)',
    ],
  ]),
  ...judged(
    'engine/keys/key-axis.ts',
    'It says how finely a place between two keys is chosen, and any key that exists near it will do.',
    [['const SHARES = 1_000_000', '1_000_000 → (1_000_000 + 1)']],
  ),
]
