import type { Judgement } from './judgement.ts'

export const storesJudgements: Judgement[] = [
  {
    file: 'engine/stores/chunk-file.ts',
    line: 'if (mark < from) mark = this.#member && keys ? keys.nextMark(batch, from) : rows.rows',
    change: 'mark < from → (mark) <= (from)',
    because: 'The search from a mark finds the same mark again.',
  },
  {
    file: 'engine/stores/crc32.ts',
    line: 'for (let k = 1; k < 53; k++) powers.push(multiply(powers[k - 1]!, powers[k - 1]!))',
    change: 'k < 53 → (k) <= (53)',
    because: 'No number of bytes has more than 53 bits, so the further power is not used.',
  },
  {
    file: 'engine/stores/crc32.ts',
    line: 'for (let k = 1; k < 53; k++) powers.push(multiply(powers[k - 1]!, powers[k - 1]!))',
    change: '53 → (53 + 1)',
    because: 'No number of bytes has more than 53 bits, so the further power is not used.',
  },
  {
    file: 'engine/stores/compose.ts',
    line: 'const READS_AT_ONCE = 16',
    change: '16 → (16 + 1)',
    because: 'How many small pieces are read at once is tuning.',
  },
  {
    file: 'engine/stores/compose.ts',
    line: 'for (let next = queue.shift(); next && !failed; next = Date.now() < deadline ? queue.shift() : undefined) {',
    change: 'Date.now() < deadline → (Date.now()) <= (deadline)',
    because: 'A deadline is not exact to the millisecond.',
  },
  {
    file: 'engine/stores/compose.ts',
    line: 'if (done < parts.length || Date.now() >= deadline) return { uploadId: upload.id, done, parts: parts.length }',
    change: 'Date.now() >= deadline → (Date.now()) > (deadline)',
    because: 'A deadline is not exact to the millisecond.',
  },
  {
    file: 'engine/stores/part-plan.ts',
    line: 'if (rest >= limits.minBytes) {',
    change: 'rest >= limits.minBytes → (rest) > (limits.minBytes)',
    because: 'A piece of exactly the smallest size becomes the same part when the next one begins.',
  },
  {
    file: 'engine/stores/part-size.ts',
    line: 'const FIRST_BYTES = 8 * 1024 ** 2',
    change: '8 → (8 + 1)',
    because: 'The size of the first parts is tuning within the limits that are tested.',
  },
  {
    file: 'engine/stores/part-size.ts',
    line: 'const FIRST_BYTES = 8 * 1024 ** 2',
    change: '1024 → (1024 + 1)',
    because: 'The size of the first parts is tuning within the limits that are tested.',
  },
  {
    file: 'engine/stores/part-size.ts',
    line: 'const EQUAL_PARTS = 1000',
    change: '1000 → (1000 + 1)',
    because: 'After how many parts they begin to grow is tuning within the limits that are tested.',
  },
  {
    file: 'engine/stores/part-size.ts',
    line: 'const size = FIRST_BYTES * GROWTH ** Math.max(0, number - EQUAL_PARTS)',
    change: '0 → (0 + 1)',
    because: 'The difference disappears when the size is rounded.',
  },
  {
    file: 'engine/stores/part-size.ts',
    line: 'const MIB = 1024 ** 2',
    change: '1024 → (1024 + 1)',
    because: 'The size of copied pieces is tuning within the limits that are tested.',
  },
  {
    file: 'engine/stores/part-size.ts',
    line: 'const COPY_BYTES = 128 * MIB',
    change: '128 → (128 + 1)',
    because: 'The size of copied pieces is tuning within the limits that are tested.',
  },
  {
    file: 'engine/stores/part-size.ts',
    line: 'const COPIES = 6000',
    change: '6000 → (6000 + 1)',
    because: 'The number of copied pieces is tuning within the limits that are tested.',
  },
  {
    file: 'engine/stores/sliced-body.ts',
    line: 'const LARGE_BYTES = 4 * SLICE_BYTES',
    change: '4 → (4 + 1)',
    because: 'From which size on bodies are sliced is tuning.',
  },
  {
    file: 'engine/stores/sliced-body.ts',
    line: "if (request.protocol !== 'https:' || !(body instanceof Uint8Array) || body.length < LARGE_BYTES) return next(args)",
    change: 'body.length < LARGE_BYTES → (body.length) <= (LARGE_BYTES)',
    because: 'From which size on bodies are sliced is tuning.',
  },
  {
    file: 'engine/stores/chunk-file.ts',
    line: 'if (mark < from) mark = this.#member && keys ? keys.nextMark(batch, from) : rows.rows',
    change: 'mark < from → true',
    because: 'The search from before a mark finds the same mark again.',
  },
  {
    file: 'engine/stores/chunk-file.ts',
    line: 'let mark = -1',
    change: '1 → (1 + 1)',
    because: 'Any number before the first row lets the search begin there.',
  },
]
