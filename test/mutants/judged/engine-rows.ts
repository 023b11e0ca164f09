import { type Judgement, judged } from './judgement.ts'

export const rowsJudgements: Judgement[] = [
  ...judged(
    'engine/rows/output.ts',
    'A small buffer may grow by more than is asked for, and the first one be larger.',
    [
      ['return Math.ceil(bytes + Math.max(Math.min(bytes / 2, 1 << 20), bytes / 8))', 'bytes / 2 → (bytes) * (2)'],
      ['return Math.ceil(bytes + Math.max(Math.min(bytes / 2, 1 << 20), bytes / 8))', '2 → (2 + 1)'],
      ['return Math.ceil(bytes + Math.max(Math.min(bytes / 2, 1 << 20), bytes / 8))', '1 → (1 + 1)'],
      ['return Math.ceil(bytes + Math.max(Math.min(bytes / 2, 1 << 20), bytes / 8))', '20 → (20 + 1)'],
      ['return Math.ceil(bytes + Math.max(Math.min(bytes / 2, 1 << 20), bytes / 8))', '8 → (8 + 1)'],
      ['constructor(limitBytes: number, slackBytes = 1 << 20) {', '1 → (1 + 1)'],
      ['constructor(limitBytes: number, slackBytes = 1 << 20) {', '20 → (20 + 1)'],
      ['if (needed > this.buffer.length) {', 'needed > this.buffer.length → (needed) >= (this.buffer.length)'],
      ['this.reserve(bytes.length * 3)', '3 → (3 + 1)'],
    ],
  ),
  ...judged(
    'engine/rows/words.ts',
    'The shorter of two ways to copy or to inspect bytes begins elsewhere, with the same result.',
    [
      ['if (end - start < 4) {', 'end - start < 4 → true'],
      ['if (end - start < 4) {', 'end - start < 4 → (end - start) <= (4)'],
      ['if (end - start < 4) {', '4 → (4 + 1)'],
      [
        'for (let at = start; at < last; at += 4) target.setInt32(at + shift, source.getInt32(at, true), true)',
        'at < last → (at) <= (last)',
      ],
      ['for (; at <= lastFour; at += 4) found |= source.getInt32(at, true)', 'true → false'],
      ['let found = 0', '0 → (0 + 1)'],
    ],
  ),
  ...judged('engine/rows/budget.ts', 'A millisecond more or less makes no difference to a deadline.', [
    ['return Date.now() >= this.#deadline', 'Date.now() >= this.#deadline → (Date.now()) > (this.#deadline)'],
    ['Math.max(0, left),', '0 → (0 + 1)'],
    ['const LONGEST_TIMER = 2 ** 31 - 1', '1 → (1 + 1)'],
    ['const LONGEST_TIMER = 2 ** 31 - 1', '2 ** 31 - 1 → (2 ** 31) + (1)'],
    ['if (left >= LONGEST_TIMER || this.#timer) return', 'left >= LONGEST_TIMER → (left) > (LONGEST_TIMER)'],
  ]),
  ...judged('engine/rows/budget.ts', 'A timer that nobody waits for yet does nothing when it ends.', [
    ['if (mayStop) this.#startTimer()', 'mayStop → true'],
  ]),
  ...judged('engine/rows/floats.ts', 'Nine digits always distinguish a FLOAT, so the loop ends before.', [
    ['const [FEWEST_DIGITS, MOST_DIGITS] = [6, 9]', '9 → (9 + 1)'],
  ]),
  ...judged(
    'engine/rows/floats.ts',
    'One is written as 1 with this shortcut and without it, and so is zero without its sign, which a test covers.',
    [['if (value === 0) return text', '0 → (0 + 1)']],
  ),
  ...judged('engine/rows/transform.ts', 'The modes only need to differ, and this is the last of them.', [
    ['const SPECIAL = 2', '2 → (2 + 1)'],
  ]),
  ...judged(
    'engine/rows/transform.ts',
    'It is the size of a buffer, or the length up to which the faster of two ways is used.',
    [
      ['const TEXT_BYTES = 4096', '4096 → (4096 + 1)'],
      ['const SHORT_BYTES = 128', '128 → (128 + 1)'],
      ['const SHORT_TEXT_LENGTH = 64', '64 → (64 + 1)'],
      ['readonly #starts = new Int32Array(1)', '1 → (1 + 1)'],
      ['readonly #ends = new Int32Array(1)', '1 → (1 + 1)'],
      ['readonly #output = new Output(1 << 18, 0)', '1 → (1 + 1)'],
      ['readonly #output = new Output(1 << 18, 0)', '18 → (18 + 1)'],
      ['readonly #output = new Output(1 << 18, 0)', '0 → (0 + 1)'],
      ['this.#heads = new Int32Array(source.length + 1)', '1 → (1 + 1)'],
      [
        'if (result.starts.length < batch.rows) {',
        'result.starts.length < batch.rows → (result.starts.length) <= (batch.rows)',
      ],
      ['if (result.starts.length < batch.rows) {', 'result.starts.length < batch.rows → true'],
      ['this.#output.reserve(1)[this.#output.length++] = NULL_FIELD', '1 → (1 + 1)'],
      ['const target = this.#output.reserve(length + 1)', '1 → (1 + 1)'],
      ['output.reserve(length + 9)', '9 → (9 + 1)'],
    ],
  ),
  ...judged('engine/rows/transform.ts', 'It is set before it is read.', [
    ['#textStart = 0', '0 → (0 + 1)'],
    ['#textEnd = 0', '0 → (0 + 1)'],
    [
      'readonly #batch: Batch = { bytes: this.#output.buffer, rows: 0, starts: new Int32Array(), ends: new Int32Array() }',
      '0 → (0 + 1)',
    ],
  ]),
  ...judged('engine/rows/transform.ts', 'A row that ends with the first byte has one field, which is NULL or empty.', [
    ['this.#textEnd = 0', '0 → (0 + 1)'],
  ]),
  ...judged(
    'engine/rows/transform.ts',
    'Several values are sliced from one text, or adjacent fields copied together, only to take fewer calls.',
    [
      ['if (length < NULL_FIELD) from++', 'length < NULL_FIELD → (length) <= (NULL_FIELD)'],
      ['if (length < NULL_FIELD) from++', 'length < NULL_FIELD → false'],
      [
        'mode === ASCII || (mode === TEXT && isAscii(words, from, to))',
        'mode === ASCII || (mode === TEXT && isAscii(words, from, to… → (mode === ASCII) && ((mode === TEXT && isAscii(words, from,…',
      ],
      ['if (end <= this.#textEnd) return this.#text', 'end <= this.#textEnd → (end) < (this.#textEnd)'],
      ['if (end <= this.#textEnd) return this.#text', 'end <= this.#textEnd → false'],
      ['if (end <= this.#textEnd) return this.#text', 'end <= this.#textEnd → true'],
      ['this.#textEnd = Math.min(begin + TEXT_BYTES, ends[rows - 1]!)', '1 → (1 + 1)'],
      ['this.#textEnd = Math.min(begin + TEXT_BYTES, ends[rows - 1]!)', 'begin + TEXT_BYTES → (begin) - (TEXT_BYTES)'],
      ['this.#textEnd = Math.min(begin + TEXT_BYTES, ends[rows - 1]!)', 'rows - 1 → (rows) + (1)'],
      [
        'this.#textEnd = Math.min(begin + TEXT_BYTES, ends[rows - 1]!)',
        'this.#textEnd = Math.min(begin + TEXT_BYTES, ends[rows - 1]… → ;',
      ],
      [
        `this.#text = end <= this.#textEnd ? latin1(bytes, begin, this.#textEnd) : ''`,
        'end <= this.#textEnd → (end) < (this.#textEnd)',
      ],
      [
        `this.#text = end <= this.#textEnd ? latin1(bytes, begin, this.#textEnd) : ''`,
        'this.#text = end <= this.#textEnd ? latin1(bytes, begin, th… → ;',
      ],
      [
        'if (length > SHORT_BYTES) bytes.copy(target, output.length, start, end)',
        'length > SHORT_BYTES → (length) >= (SHORT_BYTES)',
      ],
      ['if (length > SHORT_BYTES) bytes.copy(target, output.length, start, end)', 'length > SHORT_BYTES → false'],
      ['if (length > SHORT_BYTES) bytes.copy(target, output.length, start, end)', 'length > SHORT_BYTES → true'],
      [
        `if (typeof value === 'string' && this.#writeAscii(value)) return`,
        `typeof value === 'string' && this.#writeAscii(value) → false`,
      ],
      ['if (length > SHORT_TEXT_LENGTH) return false', 'length > SHORT_TEXT_LENGTH → (length) >= (SHORT_TEXT_LENGTH)'],
      ['if (length > SHORT_TEXT_LENGTH) return false', 'length > SHORT_TEXT_LENGTH → true'],
      ['if (code > 0x7f) return false', 'code > 0x7f → (code) >= (0x7f)'],
      ['if (code > 0x7f) return false', 'code > 0x7f → true'],
      ['for (let column = fields.length - 2; column >= 0; column--)', '2 → (2 + 1)'],
      ['for (let column = fields.length - 2; column >= 0; column--)', '0 → (0 + 1)'],
      ['for (let column = fields.length - 2; column >= 0; column--)', 'column >= 0 → (column) > (0)'],
      ['for (let column = fields.length - 2; column >= 0; column--)', 'fields.length - 2 → (fields.length) + (2)'],
      [
        'if (fields[column + 1] === fields[column]! + 1) ends[column] = ends[column + 1]!',
        'fields[column + 1] === fields[column]! + 1 → false',
      ],
      [
        'if (fields[column + 1] === fields[column]! + 1) ends[column] = ends[column + 1]!',
        'ends[column] = ends[column + 1]! → ;',
      ],
    ],
  ),
  ...judged('engine/rows/number-writer.ts', 'It is the size of a buffer, or when another one is made.', [
    ['const MOST_GROWTH = 32', '32 → (32 + 1)'],
    [
      'if (batch.bytes.length < needed) batch.bytes = Buffer.allocUnsafeSlow(needed)',
      'batch.bytes.length < needed → (batch.bytes.length) <= (needed)',
    ],
    [
      'if (batch.bytes.length < needed) batch.bytes = Buffer.allocUnsafeSlow(needed)',
      'batch.bytes.length < needed → true',
    ],
    [
      'if (batch.starts.length < source.rows) {',
      'batch.starts.length < source.rows → (batch.starts.length) <= (source.rows)',
    ],
    ['if (batch.starts.length < source.rows) {', 'batch.starts.length < source.rows → true'],
  ]),
  ...judged(
    'engine/rows/number-writer.ts',
    'A decimal that has its digits is written as it is even if it is written anew.',
    [
      [
        'return point < this.#starts[column]! || bytes[point] !== POINT',
        'point < this.#starts[column]! → (point) <= (this.#starts[column]!)',
      ],
    ],
  ),
  ...judged('engine/rows/value.ts', 'The text is read by the other way as well, which is only slower.', [
    ['const SHORT_UTF8_BYTES = 24', '24 → (24 + 1)'],
    [
      'return (end - start <= SHORT_UTF8_BYTES ? shortUtf8(bytes, start, end) : null) ?? utf8(bytes, start, end)',
      'end - start <= SHORT_UTF8_BYTES → (end - start) < (SHORT_UTF8_BYTES)',
    ],
  ]),
  ...judged('engine/rows/number-writer.ts', 'It is set before it is read.', [
    [
      'readonly #batch: Batch = { bytes: Buffer.of(), rows: 0, starts: new Int32Array(), ends: new Int32Array() }',
      '0 → (0 + 1)',
    ],
  ]),
  ...judged('engine/rows/number-writer.ts', 'Beyond the last column there is no number to rewrite.', [
    ['for (let column = 0; column < count; column++) {', 'column < count → (column) <= (count)'],
    [
      'for (let column = 0; column < this.#isFloat.length; column++) {',
      'column < this.#isFloat.length → (column) <= (this.#isFloat.length)',
    ],
  ]),
  ...judged('engine/rows/transform.ts', 'The extra byte is overwritten by what follows.', [
    ['for (let index = 0; index < length; index++) {', 'index < length → (index) <= (length)'],
  ]),
  ...judged('engine/rows/value.ts', 'A short number or text is only read faster than a long one.', [
    ['const isExact = end - start <= EXACT_DIGITS', 'end - start <= EXACT_DIGITS → (end - start) < (EXACT_DIGITS)'],
    ['const isExact = end - start <= EXACT_DIGITS', 'end - start → (end) + (start)'],
    [
      'return (end - start <= SHORT_UTF8_BYTES ? shortUtf8(bytes, start, end) : null) ?? utf8(bytes, start, end)',
      'end - start → (end) + (start)',
    ],
    ['if (count === 8 || first >= 0xf0) return null', 'count === 8 || first >= 0xf0 → true'],
    ['if (count === 8 || first >= 0xf0) return null', 'count === 8 → (count) !== (8)'],
  ]),
  ...judged('engine/rows/value.ts', 'No more of the eight characters is kept than was written.', [
    ['const units: number[] = new Array(8).fill(0)', '8 → (8 + 1)'],
    ['const units: number[] = new Array(8).fill(0)', '0 → (0 + 1)'],
  ]),
  ...judged('engine/rows/value.ts', 'A character that is not ASCII begins with a byte of 0xC2 or more.', [
    ['if (first < 0x80) units[count] = first', 'first < 0x80 → (first) <= (0x80)'],
    ['if (first < 0x80) units[count] = first', '0x80 → (0x80 + 1)'],
  ]),
  ...judged('engine/rows/words.ts', 'The bytes that are not taken four at a time are taken one by one.', [
    ['for (; at <= lastFour; at += 4) found |= source.getInt32(at, true)', 'at <= lastFour → (at) < (lastFour)'],
    ['const lastFour = end - 4', '4 → (4 + 1)'],
  ]),
]
