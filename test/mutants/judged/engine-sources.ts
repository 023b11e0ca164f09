import { type Judgement, judged } from './judgement.ts'

export const sourcesJudgements: Judgement[] = [
  {
    file: 'engine/sources/mysql/query-tokens.ts',
    line: 'while (next < places.length && places[next]! < index + source.length) next++',
    change: 'next < places.length → (next) <= (places.length)',
    because: 'There is no place after the last one, and no comparison with it is true.',
  },
  {
    file: 'engine/sources/data-api/api.ts',
    line: '...{ firstMillis: 250, mostMillis: 8_000, totalMillis: 120_000 },',
    change: '120_000 → (120_000 + 1)',
    because: 'A millisecond more of patience changes nothing.',
  },
  {
    file: 'engine/sources/data-api/page-size.ts',
    line: 'const TARGET_BYTES = 560 * 1024',
    change: '560 → (560 + 1)',
    because: 'A page may be a little larger: it is aimed at half of what the Data API allows.',
  },
  {
    file: 'engine/sources/data-api/page-size.ts',
    line: 'const TARGET_BYTES = 560 * 1024',
    change: '1024 → (1024 + 1)',
    because: 'A page may be a little larger: it is aimed at half of what the Data API allows.',
  },
  {
    file: 'engine/sources/data-api/page-size.ts',
    line: 'const FIRST_ROWS = 50',
    change: '50 → (50 + 1)',
    because: 'How many rows a first page has is tuning.',
  },
  {
    file: 'engine/sources/data-api/page-size.ts',
    line: 'const MOST_GROWTH = 8',
    change: '8 → (8 + 1)',
    because: 'How fast pages grow is tuning.',
  },
  {
    file: 'engine/sources/data-api/page-size.ts',
    line: 'const MOST_ROWS = 20_000',
    change: '20_000 → (20_000 + 1)',
    because: 'How many rows a page has at most is tuning.',
  },
  {
    file: 'engine/sources/data-api/page-size.ts',
    line: '#bytesPerRow = 0',
    change: '0 → (0 + 1)',
    because: 'The first page replaces it, because a row has at least a byte.',
  },
  {
    file: 'engine/sources/mysql/columns.ts',
    line: 'const starts = new Int32Array(6)',
    change: '6 → (6 + 1)',
    because: 'An array with a place more holds the same fields.',
  },
  {
    file: 'engine/sources/mysql/columns.ts',
    line: 'const ends = new Int32Array(6)',
    change: '6 → (6 + 1)',
    because: 'An array with a place more holds the same fields.',
  },
  {
    file: 'engine/sources/mysql/parameter.ts',
    line: "if (value >= 0n && value <= MAX_UNSIGNED) return 'CAST(CAST(? AS DECIMAL(20)) AS UNSIGNED)'",
    change: 'value >= 0n → (value) > (0n)',
    because: 'Zero is a signed integer, which the line before returns.',
  },
  {
    file: 'engine/sources/mysql/receiver.ts',
    line: 'const BUFFER_BYTES = 512 * 1024',
    change: '512 → (512 + 1)',
    because: 'The size of the buffers is tuning.',
  },
  {
    file: 'engine/sources/mysql/receiver.ts',
    line: 'const BUFFER_BYTES = 512 * 1024',
    change: '1024 → (1024 + 1)',
    because: 'The size of the buffers is tuning.',
  },
  {
    file: 'engine/sources/mysql/receiver.ts',
    line: 'const HIGH_WATER_BYTES = 256 * 1024',
    change: '256 → (256 + 1)',
    because: 'From how many bytes on the socket is paused is tuning.',
  },
  {
    file: 'engine/sources/mysql/receiver.ts',
    line: 'const HIGH_WATER_BYTES = 256 * 1024',
    change: '1024 → (1024 + 1)',
    because: 'From how many bytes on the socket is paused is tuning.',
  },
  {
    file: 'engine/sources/mysql/receiver.ts',
    line: 'if (needed >= HIGH_WATER_BYTES) this.#socket.pause()',
    change: 'needed >= HIGH_WATER_BYTES → (needed) > (HIGH_WATER_BYTES)',
    because: 'From how many bytes on the socket is paused is tuning.',
  },
  {
    file: 'engine/sources/mysql/receiver.ts',
    line: 'starts: new Int32Array(4096),',
    change: '4096 → (4096 + 1)',
    because: 'How many packets fit before the arrays grow is tuning.',
  },
  {
    file: 'engine/sources/mysql/receiver.ts',
    line: 'ends: new Int32Array(4096),',
    change: '4096 → (4096 + 1)',
    because: 'How many packets fit before the arrays grow is tuning.',
  },
  {
    file: 'engine/sources/mysql/receiver.ts',
    line: 'if (this.#socket.isPaused()) this.#socket.resume()',
    change: 'this.#socket.isPaused() → true',
    because: 'To resume a socket that is not paused changes nothing.',
  },
  {
    file: 'engine/sources/mysql/sort-length.ts',
    line: 'const ROWS_IN_BUFFER = 16',
    change: '16 → (16 + 1)',
    because: 'A sort may have room for more rows.',
  },
  {
    file: 'engine/sources/mysql/sort-length.ts',
    line: 'const SELECTED_BYTES = 131_072',
    change: '131_072 → (131_072 + 1)',
    because: 'A sort may have room for a byte more.',
  },
  {
    file: 'engine/sources/mysql/liveness.ts',
    line: 'export const LIVENESS_TIMES: LivenessTimes = { quietMillis: 15_000, againMillis: 20_000, confirmMillis: 2_000 }',
    change: '2_000 → (2_000 + 1)',
    because: 'A millisecond more before the second look changes nothing.',
  },
  {
    file: 'engine/sources/mysql/liveness.ts',
    line: 'this.#dueMillis = times.quietMillis',
    change: 'this.#dueMillis = times.quietMillis → ;',
    because: 'Each wait sets it when it begins.',
  },
  {
    file: 'engine/sources/mysql/liveness.ts',
    line: 'this.#timer ??= setInterval(() => this.#check(), Math.min(1_000, this.#times.confirmMillis))',
    change: '1_000 → (1_000 + 1)',
    because: 'How often the watch looks at its clock is tuning.',
  },
  {
    file: 'engine/sources/mysql/prepared.ts',
    line: 'const counts = warned > 0 ? countWarnings(await session.warnings(), warned) : {}',
    change: 'warned > 0 → (warned) >= (0)',
    because: 'The server then lists no warnings, and the statement is only left out to save time.',
  },
  {
    file: 'engine/sources/mysql/session.ts',
    line: 'const SET_UP_MILLIS = 20_000',
    change: '20_000 → (20_000 + 1)',
    because: 'A millisecond more of waiting changes nothing.',
  },
  {
    file: 'engine/sources/mysql/session.ts',
    line: 'const LOOK_MILLIS = 5_000',
    change: '5_000 → (5_000 + 1)',
    because: 'A millisecond more of waiting changes nothing.',
  },
  {
    file: 'engine/sources/mysql/session.ts',
    line: 'const KILL_MILLIS = 5_000',
    change: '5_000 → (5_000 + 1)',
    because: 'A millisecond more of waiting changes nothing.',
  },
  {
    file: 'engine/sources/mysql/session.ts',
    line: 'const SAME_SERVER_TRIES = 4',
    change: '4 → (4 + 1)',
    because: 'One try more to reach the same server is as good.',
  },
  {
    file: 'engine/sources/mysql/session.ts',
    line: 'for (let tries = 0; tries < SAME_SERVER_TRIES; tries++) {',
    change: '0 → (0 + 1)',
    because: 'One try more or less to reach the same server is as good.',
  },
  {
    file: 'engine/sources/mysql/session.ts',
    line: 'for (let tries = 0; tries < SAME_SERVER_TRIES; tries++) {',
    change: 'tries < SAME_SERVER_TRIES → (tries) <= (SAME_SERVER_TRIES)',
    because: 'One try more or less to reach the same server is as good.',
  },
  {
    file: 'engine/sources/mysql/session.ts',
    line: 'const WRITE_TIMEOUT_SECONDS = 3600',
    change: '3600 → (3600 + 1)',
    because: 'A second more than an hour is longer than any function runs, too.',
  },
  {
    file: 'engine/sources/mysql/session.ts',
    line: "else if (!readIntoOneBuffer(this.socket, listener)) this.socket.on('data', listener)",
    change: '!readIntoOneBuffer(this.socket, listener) → true',
    because: 'Listening to the socket as well only costs time.',
  },
  {
    file: 'engine/sources/mysql/session.ts',
    line: 'this.#connection.unprepare(statement)',
    change: 'this.#connection.unprepare(statement) → ;',
    because: 'The session ends soon, and the prepared statement with it.',
  },
  {
    file: 'engine/sources/mysql/session.ts',
    line: 'isMariaDb = false',
    change: 'false → true',
    because: 'It is set before it is read.',
  },
  {
    file: 'engine/sources/mysql/session.ts',
    line: 'for (let wait = 1; Date.now() < until && (await other.#commandOf(this.id)); wait = Math.min(2 * wait, 50)) {',
    change: '1 → (1 + 1)',
    because: 'The pauses between two looks at the process list are milliseconds.',
  },
  {
    file: 'engine/sources/mysql/session.ts',
    line: 'for (let wait = 1; Date.now() < until && (await other.#commandOf(this.id)); wait = Math.min(2 * wait, 50)) {',
    change: 'Date.now() < until → (Date.now()) <= (until)',
    because: 'The pauses between two looks at the process list are milliseconds.',
  },
  {
    file: 'engine/sources/mysql/session.ts',
    line: 'for (let wait = 1; Date.now() < until && (await other.#commandOf(this.id)); wait = Math.min(2 * wait, 50)) {',
    change: '2 * wait → (2) / (wait)',
    because: 'The pauses between two looks at the process list are milliseconds.',
  },
  {
    file: 'engine/sources/mysql/session.ts',
    line: 'for (let wait = 1; Date.now() < until && (await other.#commandOf(this.id)); wait = Math.min(2 * wait, 50)) {',
    change: '2 → (2 + 1)',
    because: 'The pauses between two looks at the process list are milliseconds.',
  },
  {
    file: 'engine/sources/mysql/session.ts',
    line: 'for (let wait = 1; Date.now() < until && (await other.#commandOf(this.id)); wait = Math.min(2 * wait, 50)) {',
    change: '50 → (50 + 1)',
    because: 'The pauses between two looks at the process list are milliseconds.',
  },
  {
    file: 'engine/sources/mysql/socket.ts',
    line: 'const READ_BYTES = 64 * 1024',
    change: '64 → (64 + 1)',
    because: 'The size of the buffer is tuning.',
  },
  {
    file: 'engine/sources/mysql/socket.ts',
    line: 'const READ_BYTES = 64 * 1024',
    change: '1024 → (1024 + 1)',
    because: 'The size of the buffer is tuning.',
  },
  {
    file: 'engine/sources/mysql/socket.ts',
    line: 'const KEEP_ALIVE_MILLIS = 10_000',
    change: '10_000 → (10_000 + 1)',
    because: 'The system counts in seconds.',
  },
  ...judged('engine/sources/data-api/page.ts', 'The size of the buffer is tuning, because it grows.', [
    ['const LONGEST_HEAD = 9', '9 → (9 + 1)'],
    ['bytes: Buffer = Buffer.allocUnsafeSlow(1024 * 1024)', '1024 * 1024 → (1024) / (1024)'],
    ['bytes: Buffer = Buffer.allocUnsafeSlow(1024 * 1024)', '1024 → (1024 + 1)'],
    ['this.#reserve(at + 1)', '1 → (1 + 1)'],
  ]),
  ...judged('engine/sources/data-api/page.ts', 'The response is only estimated.', [
    ['const FIELD_BYTES = 19', '19 → (19 + 1)'],
  ]),
  ...judged('engine/sources/data-api/page.ts', 'The first page replaces it.', [
    ['rows = 0', '0 → (0 + 1)'],
    ['answerBytes = 0', '0 → (0 + 1)'],
  ]),
  ...judged('engine/sources/data-api/failure.ts', 'A status of one is not an error of the service either.', [
    ['(failure.$metadata?.httpStatusCode ?? 0) >= 500 ||', '0 → (0 + 1)'],
  ]),
  ...judged('engine/sources/mysql/receiver.ts', 'The size of the buffers is tuning, because they grow.', [
    ['const BUFFER_BYTES = 512 * 1024', '512 * 1024 → (512) / (1024)'],
    [
      'if (needed > this.#receiving.length) {',
      'needed > this.#receiving.length → (needed) >= (this.#receiving.length)',
    ],
    [
      'const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#receiving.length * 2))',
      'this.#receiving.length * 2 → (this.#receiving.length) / (2)',
    ],
    ['const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#receiving.length * 2))', '2 → (2 + 1)'],
    [
      'if (this.#handedOut.length < rest) this.#handedOut = Buffer.allocUnsafeSlow(rest + BUFFER_BYTES)',
      'this.#handedOut.length < rest → true',
    ],
    [
      'if (this.#handedOut.length < rest) this.#handedOut = Buffer.allocUnsafeSlow(rest + BUFFER_BYTES)',
      'this.#handedOut.length < rest → (this.#handedOut.length) <= (rest)',
    ],
  ]),
  ...judged('engine/sources/mysql/receiver.ts', 'How many ends have room beyond the starts is tuning.', [
    ['const ends = new Int32Array(batch.ends.length * 2)', '2 → (2 + 1)'],
  ]),
  ...judged('engine/sources/mysql/receiver.ts', 'The first packets replace it.', [
    ['rows: 0,', '0 → (0 + 1)'],
    ['last: -1,', '1 → (1 + 1)'],
  ]),
  ...judged(
    'engine/sources/mysql/receiver.ts',
    'A packet that has not arrived completely ends beyond the received bytes, whatever its header seems to say.',
    [['while (at + HEADER_BYTES <= received) {', 'at + HEADER_BYTES → (at) - (HEADER_BYTES)']],
  ),
  ...judged('engine/sources/mysql/receiver.ts', 'To move half a packet to the other buffer only takes time.', [
    ['if (rows > 0) {', 'rows > 0 → true'],
    ['if (rows > 0) {', 'rows > 0 → (rows) >= (0)'],
  ]),
  ...judged('engine/sources/data-api/transaction.ts', 'A millisecond more for cleaning up changes nothing.', [
    ['const END_MILLIS = 10_000', '10_000 → (10_000 + 1)'],
  ]),
  ...judged('engine/sources/mysql/rows.ts', 'A millisecond more for stopping a query changes nothing.', [
    ['const STOP_MILLIS = 10_000', '10_000 → (10_000 + 1)'],
  ]),
  ...judged('engine/sources/mysql/rows.ts', 'The text from −1 to −1 is empty, too.', [
    [
      "Array.from(starts, (start, index) => (start === -1 ? '' : bytes.toString('utf8', start, ends[index]!))),",
      '1 → (1 + 1)',
    ],
  ]),
  ...judged('engine/sources/mysql/rows.ts', 'The fourth byte is the number of the packet, which is 0.', [
    ['packet.writeUIntLE(1 + text.length, 0, 3)', '3 → (3 + 1)'],
  ]),
  ...judged(
    'engine/sources/mysql/session.ts',
    'Without a second session its use throws, and what was thrown is ignored.',
    [['if (!other) return', '!other → false']],
  ),
  ...judged('engine/sources/mysql/session.ts', 'mysql2 listens to the errors of its socket, too.', [
    ["this.socket.on('error', () => {})", "this.socket.on('error', () => {}) → ;"],
  ]),
  ...judged('engine/sources/mysql/result.ts', 'The line before refuses a request for a local file.', [
    ['if (first < LOCAL_FILE) return first', 'first < LOCAL_FILE → (first) <= (LOCAL_FILE)'],
  ]),
  ...judged('engine/sources/mysql/connection.ts', 'A millisecond more to connect changes nothing.', [
    ['const CONNECT_MILLIS = 10_000', '10_000 → (10_000 + 1)'],
  ]),
]
