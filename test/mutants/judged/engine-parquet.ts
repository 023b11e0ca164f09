import { type Judgement, judged } from './judgement.ts'

export const parquetJudgements: Judgement[] = [
  ...judged('engine/formats/parquet/bounds.ts', 'Of two equal values either may be the bound.', [
    [
      'isLess: (words, at, than, thanAt) => words.getInt32(at, true) < than.getInt32(thanAt, true),',
      'words.getInt32(at, true) < than.getInt32(thanAt, true) → (words.getInt32(at, true)) <= (than.getInt32(thanAt, true))',
    ],
    [
      'isLess: (words, at, than, thanAt) => words.getFloat32(at, true) < than.getFloat32(thanAt, true),',
      'words.getFloat32(at, true) < than.getFloat32(thanAt, true) → (words.getFloat32(at, true)) <= (than.getFloat32(thanAt, tr…',
    ],
    [
      'isLess: (words, at, than, thanAt) => words.getFloat64(at, true) < than.getFloat64(thanAt, true),',
      'words.getFloat64(at, true) < than.getFloat64(thanAt, true) → (words.getFloat64(at, true)) <= (than.getFloat64(thanAt, tr…',
    ],
    [
      'return sign === 0 ? compare(words, at, type_length, than, thanAt, type_length) < 0 : sign < 0',
      'compare(words, at, type_length, than, thanAt, type_length) … → (compare(words, at, type_length, than, thanAt, type_length)…',
    ],
    [
      'return sign === 0 ? compare(words, at, type_length, than, thanAt, type_length) < 0 : sign < 0',
      'sign < 0 → (sign) <= (0)',
    ],
    [
      'return high === thanHigh ? words.getUint32(at, true) < than.getUint32(thanAt, true) : high < thanHigh',
      'words.getUint32(at, true) < than.getUint32(thanAt, true) → (words.getUint32(at, true)) <= (than.getUint32(thanAt, true…',
    ],
    [
      'return high === thanHigh ? words.getUint32(at, true) < than.getUint32(thanAt, true) : high < thanHigh',
      'high < thanHigh → (high) <= (thanHigh)',
    ],
    [
      'isLess: (words, at, than, thanAt) => words.getBigUint64(at, true) < than.getBigUint64(thanAt, true),',
      'words.getBigUint64(at, true) < than.getBigUint64(thanAt, tr… → (words.getBigUint64(at, true)) <= (than.getBigUint64(thanAt…',
    ],
    [
      'compare(words, at + 4, words.getUint32(at, true), than, thanAt + 4, than.getUint32(thanAt, true)) < 0,',
      'compare(words, at + 4, words.getUint32(at, true), than, tha… → (compare(words, at + 4, words.getUint32(at, true), than, th…',
    ],
    [
      'compare(words, at + 4, words.getUint32(at, true), than, thanAt + 4, than.getUint32(thanAt, true)) < 0,',
      '0 → (0 + 1)',
    ],
  ]),
  ...judged('engine/formats/parquet/bounds.ts', 'Both bounds are set together and have the same type.', [
    [
      'if (!this.#least || !this.#greatest) return {}',
      '!this.#least || !this.#greatest → (!this.#least) && (!this.#greatest)',
    ],
    [
      'if (least instanceof Uint8Array && greatest instanceof Uint8Array) return this.#shortened(least, greatest)',
      'least instanceof Uint8Array && greatest instanceof Uint8Arr… → (least instanceof Uint8Array) || (greatest instanceof Uint8…',
    ],
  ]),
  ...judged(
    'engine/formats/parquet/bounds.ts',
    'Only a type of fixed length has its length read, and always has one.',
    [['function orderOf({ type, type_length = 0, converted_type }: SchemaElement): Order {', '0 → (0 + 1)']],
  ),
  ...judged('engine/formats/parquet/plain.ts', 'It only reserves more room.', [
    ['target.reserve(4)', '4 → (4 + 1)'],
    ['target.reserve(8)', '8 → (8 + 1)'],
    ['target.reserve(4 + length)', '4 → (4 + 1)'],
  ]),
  ...judged('engine/formats/parquet/plain.ts', 'It is where the faster of two ways with the same result ends.', [
    ['const EXACT_SECONDS = 9e9', '9e9 → (9e9 + 1)'],
    ['const SHORT_BYTES = 128', '128 → (128 + 1)'],
    [
      'if (length > SHORT_BYTES) bytes.copy(target.buffer, at, start, end)',
      'length > SHORT_BYTES → (length) >= (SHORT_BYTES)',
    ],
    ['if (length > SHORT_BYTES) bytes.copy(target.buffer, at, start, end)', 'length > SHORT_BYTES → false'],
    ['if (length > SHORT_BYTES) bytes.copy(target.buffer, at, start, end)', 'length > SHORT_BYTES → true'],
    [
      'if (Math.abs(seconds) > EXACT_SECONDS) {',
      'Math.abs(seconds) > EXACT_SECONDS → (Math.abs(seconds)) >= (EXACT_SECONDS)',
    ],
    ['if (Math.abs(seconds) > EXACT_SECONDS) {', 'Math.abs(seconds) > EXACT_SECONDS → true'],
    ['if (end - start > EXACT_DIGITS) {', 'end - start > EXACT_DIGITS → (end - start) >= (EXACT_DIGITS)'],
    ['if (end - start > EXACT_DIGITS) {', 'end - start > EXACT_DIGITS → true'],
    ['if (end - start > EXACT_DIGITS) {', 'end - start → (end) + (start)'],
  ]),
  ...judged('engine/formats/parquet.ts', 'A page may be a row or a few bytes larger or smaller.', [
    ['const PAGE_ROWS = 20_000', '20_000 → (20_000 + 1)'],
    ['#pageRows = 0', '0 → (0 + 1)'],
    ['this.#pageRows = 0', '0 → (0 + 1)'],
    ['#pageBytes = 0', '0 → (0 + 1)'],
    ['this.#pageBytes = 0', '0 → (0 + 1)'],
    [
      'if (this.#pageRows < PAGE_ROWS && this.#pageBytes < PAGE_BYTES && this.#groupRows < GROUP_ROWS) continue',
      'this.#pageBytes < PAGE_BYTES → (this.#pageBytes) <= (PAGE_BYTES)',
    ],
    [
      'if (this.#pageRows < PAGE_ROWS && this.#pageBytes < PAGE_BYTES && this.#groupRows < GROUP_ROWS) continue',
      'this.#pageRows < PAGE_ROWS → (this.#pageRows) <= (PAGE_ROWS)',
    ],
    [
      'if (this.#groupRows < GROUP_ROWS && this.#heldBytes() < GROUP_BYTES) continue',
      'this.#heldBytes() < GROUP_BYTES → (this.#heldBytes()) <= (GROUP_BYTES)',
    ],
    ['return this.#columns.reduce((sum, { heldBytes }) => sum + heldBytes, 0)', '0 → (0 + 1)'],
  ]),
  ...judged('engine/formats/parquet.ts', 'It is set before it is read, or not read at all.', [
    ['#bytes = 0', '0 → (0 + 1)'],
    ['metadata_length: 0,', '0 → (0 + 1)'],
  ]),
  ...judged(
    'engine/formats/parquet/dictionary.ts',
    'It only reserves more room, or grows at another number of values.',
    [
      ['readonly values = new Output(1 << 12, 0)', '0 → (0 + 1)'],
      ['readonly values = new Output(1 << 12, 0)', '1 → (1 + 1)'],
      ['readonly values = new Output(1 << 12, 0)', '12 → (12 + 1)'],
      ['#hashes = new Int32Array(FIRST_SLOTS / 2)', '2 → (2 + 1)'],
      ['#ends = new Int32Array(FIRST_SLOTS / 2)', 'FIRST_SLOTS / 2 → (FIRST_SLOTS) * (2)'],
      ['values.reserve(end - start)', 'end - start → (end) + (start)'],
      ['for (let number = 0; number < this.count; number++) {', 'number < this.count → (number) <= (this.count)'],
    ],
  ),
  ...judged(
    'engine/formats/parquet/dictionary.ts',
    'Another hash distributes the values as well, or only more slowly.',
    [
      ['hash = Math.imul(hash ^ words.getInt32(at), 0x9e37_79b1)', '0x9e37_79b1 → (0x9e37_79b1 + 1)'],
      [
        'hash = Math.imul(hash ^ words.getInt32(at), 0x9e37_79b1)',
        'hash = Math.imul(hash ^ words.getInt32(at), 0x9e37_79b1) → ;',
      ],
      ['hash ^= hash >>> 15', '15 → (15 + 1)'],
      ['hash ^= hash >>> 15', 'hash ^= hash >>> 15 → ;'],
      ['hash = Math.imul(hash ^ words.getInt32(last), 0x9e37_79b1)', '0x9e37_79b1 → (0x9e37_79b1 + 1)'],
      [
        'hash = Math.imul(hash ^ words.getInt32(last), 0x9e37_79b1)',
        'hash = Math.imul(hash ^ words.getInt32(last), 0x9e37_79b1) → ;',
      ],
      ['return hash ^ (hash >>> 15)', '15 → (15 + 1)'],
      ['for (let at = start; at < last; at += 4) {', '4 → (4 + 1)'],
      ['for (let at = start; at < last; at += 4) {', 'at < last → (at) <= (last)'],
    ],
  ),
  ...judged('engine/formats/parquet/dictionary.ts', 'The last four bytes are compared in either case.', [
    [
      'for (let at = start; at < last; at += 4) if (words.getInt32(at) !== own.getInt32(at + shift)) return false',
      'at < last → (at) <= (last)',
    ],
  ]),
  ...judged('engine/formats/parquet/dictionary.ts', 'It only saves time if there is nothing to clear.', [
    ['if (this.count === 0) return', 'this.count === 0 → false'],
  ]),
  ...judged(
    'engine/formats/parquet/bounds.ts',
    'Of two equal values either is the bound, and the first 0 is noticed.',
    [['return sign === 0 ? compare(words, at, type_length, than, thanAt, type_length) < 0 : sign < 0', '0 → (0 + 1)']],
  ),
  ...judged('engine/formats/parquet/types.ts', 'The server could have written any text, so it is written either way.', [
    [
      "return kind === 'text' || kind === 'json' || kind === 'time'",
      "kind === 'text' || kind === 'json' → (kind === 'text') && (kind === 'json')",
    ],
  ]),
  ...judged('engine/formats/parquet/types.ts', 'A decimal of 38 digits has 16 bytes, which is a multiple of eight.', [
    [
      'return precision > DUCKDB_DIGITS ? Math.ceil(bytes / 8) * 8 : bytes',
      'precision > DUCKDB_DIGITS → (precision) >= (DUCKDB_DIGITS)',
    ],
  ]),
  ...judged('engine/formats/parquet/column.ts', 'It only reserves more room.', [
    ['const FIRST_BYTES = 4096', '4096 → (4096 + 1)'],
    ['readonly #present = new Output(FIRST_BYTES, 0)', '0 → (0 + 1)'],
    ['readonly #values = new Output(FIRST_BYTES, 0)', '0 → (0 + 1)'],
    ['readonly #numbers = new Output(FIRST_BYTES, 0)', '0 → (0 + 1)'],
    ['this.#present.reserve(1)[this.#present.length++] = 0', '1 → (1 + 1)'],
  ]),
  ...judged('engine/formats/parquet/column.ts', 'The first 1 only reserves more room, and the other is noticed.', [
    ['this.#present.reserve(1)[this.#present.length++] = 1', '1 → (1 + 1)'],
  ]),
  ...judged('engine/formats/parquet/column.ts', 'Whether a dictionary pays is not decided by a byte.', [
    [
      'if (this.#dictionary.values.length > DICTIONARY_BYTES) this.#dictionaryPays = false',
      'this.#dictionary.values.length > DICTIONARY_BYTES → (this.#dictionary.values.length) >= (DICTIONARY_BYTES)',
    ],
    [
      'const isCoded = this.#dictionaryPays && added + (numbers.length * bits) / 8 < values.length',
      'added + (numbers.length * bits) / 8 < values.length → (added + (numbers.length * bits) / 8) <= (values.length)',
    ],
    ['const isCoded = this.#dictionaryPays && added + (numbers.length * bits) / 8 < values.length', '8 → (8 + 1)'],
  ]),
  ...judged('engine/formats/parquet/column.ts', 'The length of the marks is written over it.', [
    ['page.appendUint32(0)', '0 → (0 + 1)'],
  ]),
  ...judged('engine/formats/parquet/column.ts', 'A value has at least the four bytes of its length or its number.', [
    ['if (values.length > 0) this.#dictionaryPays = false', '0 → (0 + 1)'],
  ]),
  ...judged('engine/formats/parquet/time-zone.ts', 'An offset is also a time zone of Intl, which is only slower.', [
    ['if (minutes !== null) return (local) => local - minutes * 60', 'minutes !== null → false'],
  ]),
  ...judged('engine/formats/parquet/time-zone.ts', 'The offsets of a day are only kept to find them faster.', [
    ['if (!offsets) {', '!offsets → true'],
    ['days.set(day, offsets)', 'days.set(day, offsets) → ;'],
  ]),
  ...judged('engine/formats/parquet/time-zone.ts', 'A day more around the same change makes no difference.', [
    ['offsets = offsetsBetween((day - 1) * DAY_SECONDS, (day + 2) * DAY_SECONDS, offsetAt)', '1 → (1 + 1)'],
    ['offsets = offsetsBetween((day - 1) * DAY_SECONDS, (day + 2) * DAY_SECONDS, offsetAt)', '2 → (2 + 1)'],
  ]),
  ...judged('engine/formats/parquet/time-zone.ts', 'Between equal offsets it does not matter where the change is.', [
    ['if (before === after) return { before, after, change: start }', 'before === after → false'],
  ]),
]
