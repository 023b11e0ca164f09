import { type Judgement, judged } from './judgement.ts'

export const formatsJudgements: Judgement[] = [
  ...judged('engine/formats/csv.ts', 'An empty NULL is passed over here only to save time.', [
    ['} else if (head === NULL_FIELD && nullBytes === 0) {', 'head === NULL_FIELD && nullBytes === 0 → false'],
    ['} else if (head === NULL_FIELD && nullBytes === 0) {', '0 → (0 + 1)'],
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
    ['if (output.reserve((ends[row]! - at) * 3 + this.#perRow) !== target) {', 'ends[row]! - at → (ends[row]!) + (at)'],
    ['if (output.reserve((ends[row]! - at) * 3 + this.#perRow) !== target) {', '3 → (3 + 1)'],
    ['output.reserve((rowEnds[row]! - begin) * 3 + this.#perRow)', 'rowEnds[row]! - begin → (rowEnds[row]!) + (begin)'],
    ['output.reserve((rowEnds[row]! - begin) * 3 + this.#perRow)', '3 → (3 + 1)'],
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
        `this.#inPlace = areFirst && !this.#alwaysQuote && nullText === ''`,
        'this.#inPlace = areFirst && !this.#alwaysQuote && nullText … → ;',
      ],
      ['if (charset.write) this.#meaning.fill(FOREIGN, 0x80)', 'charset.write → true'],
      ['if (head < NULL_FIELD) {', 'head < NULL_FIELD → false'],
      ['if (mode === PLAIN) {', 'mode === PLAIN → false'],
      ['if (mode === TEXT && head > 0) {', 'mode === TEXT && head > 0 → false'],
      ['if (mode === TEXT && head > 0) {', '0 → (0 + 1)'],
      ['if (found === 0) {', 'found === 0 → false'],
      ['const write = (found & FOREIGN) !== 0 ? this.#context.charset.write : null', '0 → (0 + 1)'],
      ['if (head >= 4) {', 'head >= 4 → false'],
      ['if (head >= 4) {', 'head >= 4 → (head) > (4)'],
      ['if (head >= 4) {', '4 → (4 + 1)'],
    ],
  ),
  ...judged('engine/formats/csv.ts', 'A character that is not ASCII begins with a byte of 0xC2 or more.', [
    ['if (charset.write) this.#meaning.fill(FOREIGN, 0x80)', '0x80 → (0x80 + 1)'],
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
  ...judged('engine/formats/csv.ts', 'Looking at a byte beyond the text at most gives the same result more slowly.', [
    ['for (let index = start; index < end; index++) {', 'index < end → (index) <= (end)'],
  ]),
  ...judged(
    'engine/formats/jsonl.ts',
    'A number with a single digit after its point would only be written more slowly, and the other 1 is noticed.',
    [
      [
        'return point === end || (bytes[point] === 0x2e && end - point > 1 && digitsEnd(bytes, point + 1, end) === end)',
        '1 → (1 + 1)',
      ],
    ],
  ),
  ...judged('engine/formats/xlsx/cells.ts', 'It only spares counting the characters of short texts.', [
    [
      'if (end - start > MAX_TEXT_UNITS) refuseLongText(bytes, start, end, column, describe)',
      'end - start > MAX_TEXT_UNITS → true',
    ],
    [
      'if (end - start > MAX_TEXT_UNITS) refuseLongText(bytes, start, end, column, describe)',
      'end - start > MAX_TEXT_UNITS → (end - start) >= (MAX_TEXT_UNITS)',
    ],
    [
      'if (end - start > MAX_TEXT_UNITS) refuseLongText(bytes, start, end, column, describe)',
      'end - start → (end) + (start)',
    ],
  ]),
  ...judged('engine/formats/xlsx/cells.ts', 'It only reserves more room.', [
    ['const digits = Buffer.alloc(20)', '20 → (20 + 1)'],
    ['return 96 + fieldBytes * MOST_ESCAPED_BYTES', '96 → (96 + 1)'],
    [
      'return columns.reduce((sum, column) => sum + maxCellBytes(displayOf(column)?.mostBytes ?? 0), 96)',
      '96 → (96 + 1)',
    ],
    [
      'return columns.reduce((sum, column) => sum + maxCellBytes(displayOf(column)?.mostBytes ?? 0), 96)',
      '0 → (0 + 1)',
    ],
  ]),
  ...judged(
    'engine/formats/xlsx/cells.ts',
    'The text of such a column is always one that the server could have written, and the cell is the same.',
    [
      [
        "return column.kind === 'text' || column.kind === 'json'",
        "column.kind === 'text' || column.kind === 'json' → (column.kind === 'text') && (column.kind === 'json')",
      ],
      ['else if (text === given) asValue(source, start, end, row, output, describe)', 'text === given → false'],
    ],
  ),
  ...judged('engine/formats/xlsx/cells.ts', 'Few digits are only counted more slowly.', [
    ['if (end - start <= EXACT_DIGITS) return end - start', 'end - start <= EXACT_DIGITS → false'],
    [
      'if (end - start <= EXACT_DIGITS) return end - start',
      'end - start <= EXACT_DIGITS → (end - start) < (EXACT_DIGITS)',
    ],
    ['if (end - start <= EXACT_DIGITS) return end - start', 'end - start → (end) + (start)'],
  ]),
  ...judged('engine/formats/xlsx/cells.ts', 'A number has no colon.', [
    ['if (byte < 0x30 || byte > 0x39) continue', '0x39 → (0x39 + 1)'],
  ]),
  ...judged('engine/formats/xlsx/text.ts', 'Special bytes are found in either order of the four.', [
    ['let found = specialIn(words.getInt32(last, true))', 'true → false'],
    ['for (let at = start; at < last; at += 4) found |= specialIn(words.getInt32(at, true))', 'true → false'],
  ]),
]
