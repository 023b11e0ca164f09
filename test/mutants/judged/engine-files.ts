/** Judgements of the modules that make the bytes of files. */
import type { Judgement } from './judgement.ts'

/** Judges several changes of a module, each given as its line and the change, for the same reason. */
function judged(
  file: string,
  because: string,
  changes: readonly (readonly [line: string, change: string])[],
): Judgement[] {
  return changes.map(([line, change]) => ({ file, line, change, because }))
}

export const engineFileJudgements: Judgement[] = [
  ...judged('engine/formats/csv.ts', 'An empty NULL is passed over here only to save time.', [
    ['} else if (head === NULL_FIELD && nullBytes === 0) {', 'head === NULL_FIELD && nullBytes === 0 → false'],
    ['} else if (head === NULL_FIELD && nullBytes === 0) {', '0 → (0 + 1)'],
  ]),
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
    'engine/formats/xlsx.ts',
    'A byte more or less makes no difference to a sheet or to what is compressed at once.',
    [
      [
        'export const SHEET_LIMITS: SheetLimits = { rows: 1_048_576, bytes: 0xf000_0000 }',
        '0xf000_0000 → (0xf000_0000 + 1)',
      ],
      [
        'if (this.#sheetRows === this.#limits.rows || this.#zip.entryBytes > this.#limits.bytes) {',
        'this.#zip.entryBytes > this.#limits.bytes → (this.#zip.entryBytes) >= (this.#limits.bytes)',
      ],
      [
        'if (this.#xml.length >= PIECE_BYTES) {',
        'this.#xml.length >= PIECE_BYTES → (this.#xml.length) > (PIECE_BYTES)',
      ],
    ],
  ),
  ...judged('engine/formats/xlsx.ts', 'It is set before it is read.', [['#sheetRows = 0', '0 → (0 + 1)']]),
  ...judged('engine/formats/xlsx.ts', 'A byte more or less in a part of the upload makes no difference.', [
    [
      'if (output.length >= output.limit) return row + 1',
      'output.length >= output.limit → (output.length) > (output.limit)',
    ],
  ]),
  ...judged('engine/formats/xlsx.ts', 'It only reserves more room.', [
    [
      'xml.reserve(this.#perRow + maxCellBytes(batch.ends[row]! - batch.starts[row]!))',
      'batch.ends[row]! - batch.starts[row]! → (batch.ends[row]!) + (batch.starts[row]!)',
    ],
  ]),
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
      ['for (; at + 4 <= end; at += 4) found |= source.getInt32(at, true)', 'at + 4 <= end → (at + 4) < (end)'],
      ['for (; at + 4 <= end; at += 4) found |= source.getInt32(at, true)', 'true → false'],
      ['let found = 0', '0 → (0 + 1)'],
    ],
  ),
  ...judged('engine/formats/display.ts', 'It only reserves more room.', [
    ['mostBytes: Buffer.byteLength(format) * 2,', '2 → (2 + 1)'],
  ]),
  ...judged('engine/formats/display/number.ts', 'More room than any number takes is reserved either way.', [
    ['export const MOST_SHOWN_BYTES = Math.ceil((MOST_EXPONENT * 4) / 3) + 32', '3 → (3 + 1)'],
    ['export const MOST_SHOWN_BYTES = Math.ceil((MOST_EXPONENT * 4) / 3) + 32', '4 → (4 + 1)'],
    ['export const MOST_SHOWN_BYTES = Math.ceil((MOST_EXPONENT * 4) / 3) + 32', '32 → (32 + 1)'],
    [
      'export const MOST_SHOWN_BYTES = Math.ceil((MOST_EXPONENT * 4) / 3) + 32',
      '(MOST_EXPONENT * 4) / 3 → ((MOST_EXPONENT * 4)) * (3)',
    ],
    [
      'export const MOST_SHOWN_BYTES = Math.ceil((MOST_EXPONENT * 4) / 3) + 32',
      'Math.ceil((MOST_EXPONENT * 4) / 3) + 32 → (Math.ceil((MOST_EXPONENT * 4) / 3)) - (32)',
    ],
  ]),
  ...judged(
    'engine/formats/display/number.ts',
    'A number without an exponent is only spared the work of moving its point by none.',
    [['if (by === 0) return [whole, fraction]', 'by === 0 → false']],
  ),
  ...judged('engine/formats/display/number.ts', 'A point before all digits gets its zero later as well.', [
    [`if (point <= 0) return ['0', '0'.repeat(-point) + digits]`, 'point <= 0 → (point) < (0)'],
  ]),
  ...judged(
    'engine/formats/display/date-pattern.ts',
    'A pattern without a fraction would count as one with one digit, and every file format shows both.',
    [
      [
        `...this.#pieces.map((piece) => ('letter' in piece && piece.letter === 'S' ? piece.to - piece.from : 0)),`,
        '0 → (0 + 1)',
      ],
    ],
  ),
  ...judged(
    'engine/formats/xlsx/serial.ts',
    'Seconds whose fraction is cached have the same digits without the cache, as a test of every second shows.',
    [
      [
        'if (millis === 0 && serial >= FIRST_EVEN_DAY && serial <= LAST_EVEN_DAY) {',
        'millis === 0 && serial >= FIRST_EVEN_DAY && serial <= LAST_… → false',
      ],
      [
        'if (millis === 0 && serial >= FIRST_EVEN_DAY && serial <= LAST_EVEN_DAY) {',
        'serial >= FIRST_EVEN_DAY → (serial) > (FIRST_EVEN_DAY)',
      ],
      [
        'if (millis === 0 && serial >= FIRST_EVEN_DAY && serial <= LAST_EVEN_DAY) {',
        'serial <= LAST_EVEN_DAY → (serial) < (LAST_EVEN_DAY)',
      ],
      ['const FIRST_EVEN_DAY = 32_768', '32_768 → (32_768 + 1)'],
      ['const FRACTION_BYTES = 13', '13 → (13 + 1)'],
      ['fractionLengths[second] = fraction.length', 'fractionLengths[second] = fraction.length → ;'],
    ],
  ),
  ...judged(
    'engine/formats/xlsx/serial.ts',
    'The halves of a double are as exact with a factor beside the power of two: no second of five days differs.',
    [['const scaled = days * 134_217_729', '134_217_729 → (134_217_729 + 1)']],
  ),
  ...judged('engine/formats/xlsx/serial.ts', 'The byte that is written too many is written over by what follows.', [
    [
      'for (let i = 0; i < length; i++) output.buffer[output.length + i] = fractions[from + i]!',
      'i < length → (i) <= (length)',
    ],
  ]),
  ...judged(
    'engine/formats/xlsx/row-number.ts',
    'A view more than needed is not used, and the constructor sets the count.',
    [
      ['#count = 1', '1 → (1 + 1)'],
      [
        'this.#views = Array.from({ length: most + 1 }, (_, count) => wordsOf(this.#bytes.subarray(most - count)))',
        '1 → (1 + 1)',
      ],
    ],
  ),
  ...judged('engine/charsets/cp932.ts', 'No character of two bytes has this code or begins with this byte.', [
    ['const isSingle = lead >= 0xa0 && lead <= 0xdf', '0xa0 → (0xa0 + 1)'],
    ['const isSingle = lead >= 0xa0 && lead <= 0xdf', 'lead >= 0xa0 → (lead) > (0xa0)'],
    ['const isSingle = lead >= 0xa0 && lead <= 0xdf', 'lead <= 0xdf → (lead) < (0xdf)'],
    ['for (let lead = 0x81; lead <= 0xfc; lead++) {', '0xfc → (0xfc + 1)'],
    ['for (let trail = 0x40; trail <= 0xfc; trail++) enter(lead, trail)', '0xfc → (0xfc + 1)'],
    ['if (code > 0xff) {', '0xff → (0xff + 1)'],
    ['if (code > 0xff) {', 'code > 0xff → (code) >= (0xff)'],
  ]),
  ...judged('engine/charsets/cp932.ts', 'A character that is not ASCII begins with a byte of 0xC2 or more.', [
    ['if (first < 0x80) {', '0x80 → (0x80 + 1)'],
  ]),
  ...judged('engine/charsets/cp932.ts', 'The table is longer than needed by an entry that is not read.', [
    ['const table = new Uint16Array(0x1_0000)', '0x1_0000 → (0x1_0000 + 1)'],
  ]),
  ...judged('engine/charsets/cp932.ts', 'It only reserves more room.', [
    ['const target = output.reserve(end - start)', 'end - start → (end) + (start)'],
  ]),
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
  ...judged('engine/charsets/twins.ts', 'No character of CP932 has this byte.', [
    ['for (let lead = 0x81; lead <= 0xfc; lead++) {', '0xfc → (0xfc + 1)'],
    ['for (let trail = 0x40; trail <= 0xfc; trail++) {', '0xfc → (0xfc + 1)'],
  ]),
  ...judged('engine/formats/jsonl.ts', 'The modes only need to differ, and this is the last of them.', [
    ['const SHOWN = 5', '5 → (5 + 1)'],
  ]),
  ...judged('engine/formats/csv.ts', 'The modes only need to differ, and this is the last of them.', [
    ['const SHOWN = 4', '4 → (4 + 1)'],
  ]),
  ...judged('engine/formats/jsonl.ts', 'A field more than needed is located, and not read.', [
    ['this.#needed = Math.max(...columns.map((column) => column.index)) + 1', '1 → (1 + 1)'],
  ]),
  ...judged('engine/formats/csv.ts', 'A field more than needed is located, and not read.', [
    ['this.#needed = Math.max(...columns.map((column) => column.index)) + 1', '1 → (1 + 1)'],
  ]),
  ...judged(
    'engine/formats/csv.ts',
    'A tab among the separators would only be found twice, as it is a control character.',
    [['separators.delete(TAB)', 'separators.delete(TAB) → ;']],
  ),
  ...judged('engine/formats/jsonl.ts', 'It only reserves more room.', [
    ['const shownBytes = this.#displays.reduce((sum, display) => sum + (display?.mostBytes ?? 0), 0)', '0 → (0 + 1)'],
    [
      'this.#perRow = this.#names.reduce((sum, name) => sum + name.byteLength + 8, LINE_END.length + shownBytes * 6)',
      '8 → (8 + 1)',
    ],
    [
      'this.#perRow = this.#names.reduce((sum, name) => sum + name.byteLength + 8, LINE_END.length + shownBytes * 6)',
      '6 → (6 + 1)',
    ],
    [
      'if (output.reserve((batch.ends[row]! - begin) * 6 + this.#perRow) !== target) {',
      'batch.ends[row]! - begin → (batch.ends[row]!) + (begin)',
    ],
    ['if (output.reserve((batch.ends[row]! - begin) * 6 + this.#perRow) !== target) {', '6 → (6 + 1)'],
  ]),
  ...judged('engine/formats/csv.ts', 'It only reserves more room.', [
    ['const shownBytes = this.#displays.reduce((sum, display) => sum + (display?.mostBytes ?? 0), 0)', '0 → (0 + 1)'],
    [
      'this.#perRow = columns.length * (4 + this.#null.length) + this.#lineEnding.length + shownBytes * 2',
      '4 → (4 + 1)',
    ],
    [
      'this.#perRow = columns.length * (4 + this.#null.length) + this.#lineEnding.length + shownBytes * 2',
      '2 → (2 + 1)',
    ],
    ['output.reserve(heading.length * 2 + 2)', '2 → (2 + 1)'],
    ['const room = (ends[row]! - at) * 3 + this.#perRow', 'ends[row]! - at → (ends[row]!) + (at)'],
    ['const room = (ends[row]! - at) * 3 + this.#perRow', '3 → (3 + 1)'],
    ['output.reserve((rowEnds[row]! - begin) * 3 + this.#perRow)', 'rowEnds[row]! - begin → (rowEnds[row]!) + (begin)'],
    ['output.reserve((rowEnds[row]! - begin) * 3 + this.#perRow)', '3 → (3 + 1)'],
    ['output.reserve((to - from) * 2 + 2)', '2 → (2 + 1)'],
    ['output.reserve((to - from) * 2 + 2)', 'to - from → (to) + (from)'],
  ]),
  ...judged(
    'engine/formats/csv.ts',
    'Three bytes for each byte of a row leave room for its line ending, which is shorter than the delimiters counted beside it.',
    [
      [
        'this.#perRow = columns.length * (4 + this.#null.length) + this.#lineEnding.length + shownBytes * 2',
        'columns.length * (4 + this.#null.length) + this.#lineEnding… → (columns.length * (4 + this.#null.length)) - (this.#lineEnd…',
      ],
    ],
  ),
  ...judged(
    'engine/formats/jsonl.ts',
    'Plain numbers are only recognized to be copied faster; every other number is converted, with the same result.',
    [
      [
        '} else if (mode === NUMBER && isPlainNumber(bytes, start, ends[field]!)) {',
        'mode === NUMBER && isPlainNumber(bytes, start, ends[field]!) → false',
      ],
      ['const first = bytes[start] === 0x2d ? start + 1 : start', 'start + 1 → (start) - (1)'],
      [
        'if (point === first || (bytes[first] === 0x30 && point - first > 1)) return false',
        'point === first || (bytes[first] === 0x30 && point - first … → true',
      ],
      [
        'if (point === first || (bytes[first] === 0x30 && point - first > 1)) return false',
        'bytes[first] === 0x30 && point - first > 1 → (bytes[first] === 0x30) || (point - first > 1)',
      ],
      [
        'if (point === first || (bytes[first] === 0x30 && point - first > 1)) return false',
        'point - first > 1 → (point - first) >= (1)',
      ],
      [
        'if (point === first || (bytes[first] === 0x30 && point - first > 1)) return false',
        'point - first → (point) + (first)',
      ],
      [
        'return point === end || (bytes[point] === 0x2e && end - point > 1 && digitsEnd(bytes, point + 1, end) === end)',
        'point === end || (bytes[point] === 0x2e && end - point > 1 … → (point === end) && ((bytes[point] === 0x2e && end - point >…',
      ],
      [
        'return point === end || (bytes[point] === 0x2e && end - point > 1 && digitsEnd(bytes, point + 1, end) === end)',
        'point + 1 → (point) - (1)',
      ],
      ['while (at < end && bytes[at]! >= 0x30 && bytes[at]! <= 0x39) at++', 'at < end → (at) <= (end)'],
      [
        'while (at < end && bytes[at]! >= 0x30 && bytes[at]! <= 0x39) at++',
        'bytes[at]! >= 0x30 → (bytes[at]!) > (0x30)',
      ],
      ['while (at < end && bytes[at]! >= 0x30 && bytes[at]! <= 0x39) at++', '0x30 → (0x30 + 1)'],
      [
        'while (at < end && bytes[at]! >= 0x30 && bytes[at]! <= 0x39) at++',
        'bytes[at]! <= 0x39 → (bytes[at]!) < (0x39)',
      ],
    ],
  ),
  ...judged(
    'engine/formats/jsonl.ts',
    'A text in which nothing must be escaped is only written faster than any other, and the other 0, which is returned, is noticed.',
    [
      ['if (end - start < 4) return 0', 'end - start < 4 → true'],
      ['if (end - start < 4) return 0', 'end - start < 4 → (end - start) <= (4)'],
      ['if (end - start < 4) return 0', '4 → (4 + 1)'],
      ['let found = 0', '0 → (0 + 1)'],
      ['if (found !== 0) return 0', 'found !== 0 → true'],
      ['if (found !== 0) return 0', '0 → (0 + 1)'],
    ],
  ),
  ...judged('engine/formats/csv.ts', 'Byte values end at 255.', [
    ['readonly #meaning = new Uint8Array(256)', '256 → (256 + 1)'],
  ]),
  ...judged('engine/formats/csv.ts', 'The number of the row is set before it is described.', [
    ['#row = 0', '0 → (0 + 1)'],
  ]),
  ...judged(
    'engine/formats/csv.ts',
    'A field that may have been copied as it is, is inspected byte by byte, with the same result.',
    [
      ['this.#foreign = charset.write ? 0x8080_8080 | 0 : 0', '0x8080_8080 → (0x8080_8080 + 1)'],
      ['this.#foreign = charset.write ? 0x8080_8080 | 0 : 0', '0 → (0 + 1)'],
      [
        `this.#inPlace = isWhole && !this.#alwaysQuote && nullText === ''`,
        'this.#inPlace = isWhole && !this.#alwaysQuote && nullText =… → ;',
      ],
      ['if (charset.write) this.#meaning.fill(FOREIGN, 0x80)', 'charset.write → true'],
      ['if (head < NULL_FIELD) {', 'head < NULL_FIELD → false'],
      ['if (mode === PLAIN) {', 'mode === PLAIN → false'],
      ['if (mode === TEXT && head > 0) {', 'mode === TEXT && head > 0 → false'],
      ['if (mode === TEXT && head > 0) {', '0 → (0 + 1)'],
      ['if (head >= 4) {', 'head >= 4 → false'],
      ['if (head >= 4) {', 'head >= 4 → (head) > (4)'],
      ['if (head >= 4) {', '4 → (4 + 1)'],
    ],
  ),
  ...judged('engine/formats/csv.ts', 'A character that is not ASCII begins with a byte of 0xC2 or more.', [
    ['if (charset.write) this.#meaning.fill(FOREIGN, 0x80)', '0x80 → (0x80 + 1)'],
  ]),
  ...judged('engine/compressions/zip.ts', 'The level trades time for size, and every reader reads both.', [
    ['const LEVEL = 1', '1 → (1 + 1)'],
  ]),
  ...judged(
    'engine/compressions/zip.ts',
    'zlib does not fail while it deflates, and the stream ends only after its last write.',
    [
      ['await deflating', 'await deflating → ;'],
      ['open.deflating.catch(() => {})', 'open.deflating.catch(() => {}) → ;'],
    ],
  ),
  ...judged('engine/compressions/zip.ts', 'The size of the compressor’s pieces is free.', [
    ['const PIECE_BYTES = 256 * 1024', '256 → (256 + 1)'],
    ['const PIECE_BYTES = 256 * 1024', '1024 → (1024 + 1)'],
  ]),
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
  ...judged('engine/keys/histogram.ts', 'Of two equal pieces either may be divided first.', [
    [
      'const largest = open.reduce<Piece | null>((most, piece) => (most && most.rows >= piece.rows ? most : piece), null)',
      'most.rows >= piece.rows → (most.rows) > (piece.rows)',
    ],
  ]),
  ...judged(
    'engine/formats/calendar.ts',
    'The comparison with the next month is right for each day; asking for the first 28 is only faster.',
    [
      [
        'day <= 28 || daysFromCivil(year, month, day) < daysFromCivil(month === 12 ? year + 1 : year, (month % 12) + 1, 1)',
        'day <= 28 → (day) < (28)',
      ],
    ],
  ),
  ...judged('engine/formats/calendar.ts', 'No digits are 0 microseconds, whatever they are multiplied by.', [
    [
      'return end > start ? readDigits(bytes, start, end - start) * 10 ** (6 - (end - start)) : 0',
      'end > start → (end) >= (start)',
    ],
  ]),
  ...judged(
    'engine/formats/server-text.ts',
    'An integer of 15 digits is recognized as a double by its value as well.',
    [
      [
        'if (number.length <= EXACT_DIGITS || !isWhole(number) || String(Number(number)) === number) return true',
        'number.length <= EXACT_DIGITS → (number.length) < (EXACT_DIGITS)',
      ],
    ],
  ),
  ...judged('engine/formats/server-text.ts', 'An offset is also a time zone of Intl, which is only slower.', [
    [
      'if (minutes !== null) return (date) => utcClock(new Date(date.getTime() + minutes * 60_000))',
      'minutes !== null → false',
    ],
  ]),
  ...judged('engine/formats/text.ts', 'A single byte has two characters, for which these bits are not used.', [
    ['const bits = (source[from]! << 16) | (rest === 2 ? source[from + 1]! << 8 : 0)', '0 → (0 + 1)'],
  ]),
  ...judged(
    'engine/formats/xlsx/text.ts',
    'Characters are also examined one by one if there might be none to escape, which is only slower.',
    [
      ['if (isPlain(words, start, end)) {', 'isPlain(words, start, end) → false'],
      ['if (end - start < 4) return false', 'end - start < 4 → true'],
      ['if (end - start < 4) return false', 'end - start < 4 → (end - start) <= (4)'],
      ['if (end - start < 4) return false', '4 → (4 + 1)'],
      ['return found === 0', '0 → (0 + 1)'],
    ],
  ),
  ...judged('engine/formats/xlsx/text.ts', 'The last four bytes are examined in any case.', [
    [
      'for (let at = start; at < last; at += 4) found |= specialIn(words.getInt32(at, true))',
      'at < last → (at) <= (last)',
    ],
  ]),
  ...judged(
    'engine/formats/xlsx/text.ts',
    'Any number but 0 marks a byte that may need an escape, and only those of controls are compared with 1.',
    [
      ["for (const character of '&<>_') SPECIAL[character.charCodeAt(0)] = 1", '1 → (1 + 1)'],
      ['SPECIAL[LAST_LEAD] = 1', '1 → (1 + 1)'],
    ],
  ),
  ...judged(
    'engine/formats/xlsx/text.ts',
    'The table has an entry for each byte, and nobody asks for the one after the last.',
    [['const SPECIAL = new Uint8Array(256)', '256 → (256 + 1)']],
  ),
  ...judged('engine/formats/xlsx/text.ts', 'It is the size of a buffer.', [
    ['export const MOST_ESCAPED_BYTES = 7', '7 → (7 + 1)'],
    ['const output = new Output(0, bytes.length * MOST_ESCAPED_BYTES)', '0 → (0 + 1)'],
  ]),
  ...judged('engine/formats/xlsx/text.ts', 'A space and an exclamation mark need no escape.', [
    ['return byte === UNDERSCORE || (byte < 0x20 && SPECIAL[byte] === 1)', 'byte < 0x20 → (byte) <= (0x20)'],
    ['return byte === UNDERSCORE || (byte < 0x20 && SPECIAL[byte] === 1)', '0x20 → (0x20 + 1)'],
  ]),
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
  ...judged(
    'engine/keys/key-axis.ts',
    'It says how finely a place between two keys is chosen, and any key that exists near it will do.',
    [['const SHARES = 1_000_000', '1_000_000 → (1_000_000 + 1)']],
  ),
  ...judged('engine/rows/value.ts', 'The text is read by the other way as well, which is only slower.', [
    ['const SHORT_UTF8_BYTES = 24', '24 → (24 + 1)'],
    [
      'return (end - start <= SHORT_UTF8_BYTES ? shortUtf8(bytes, start, end) : null) ?? utf8(bytes, start, end)',
      'end - start <= SHORT_UTF8_BYTES → (end - start) < (SHORT_UTF8_BYTES)',
    ],
  ]),
]
