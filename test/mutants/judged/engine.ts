// biome-ignore-all lint/suspicious/noTemplateCurlyInString: pieces of sources hold them
import { type Judgement, judged } from './judgement.ts'

export const engineJudgements: Judgement[] = [
  {
    file: 'engine/export-chunk.ts',
    line: 'const ESTIMATE_MILLIS = 2_000',
    change: '2_000 → (2_000 + 1)',
    because: 'A millisecond more of waiting for an optional estimate changes nothing.',
  },
  {
    file: 'engine/finish.ts',
    line: 'const manifest = Buffer.from(`${JSON.stringify(manifestOf(finished, now()), null, 2)}\\n`)',
    change: '2 → (2 + 1)',
    because: 'The indentation of the manifest is for people, and JSON is the same with any.',
  },
  {
    file: 'engine/plan-ranges.ts',
    line: 'const LIMIT_MILLIS = 30_000',
    change: '30_000 → (30_000 + 1)',
    because: 'A millisecond more for planning changes nothing.',
  },
  {
    file: 'engine/plan-ranges.ts',
    line: 'const PAGE_KEYS = 8192',
    change: '8192 → (8192 + 1)',
    because: 'How many keys are read at once is tuning.',
  },
  {
    file: 'engine/plan-ranges.ts',
    line: 'const PAGES = 4',
    change: '4 → (4 + 1)',
    because: 'How far to look for the end of a member is tuning.',
  },
  {
    file: 'engine/plan-ranges.ts',
    line: 'for (let page = 0; page < PAGES; page++) {',
    change: '0 → (0 + 1)',
    because: 'How far to look for the end of a member is tuning.',
  },
  {
    file: 'engine/plan-ranges.ts',
    line: 'for (let page = 0; page < PAGES; page++) {',
    change: 'page < PAGES → (page) <= (PAGES)',
    because: 'How far to look for the end of a member is tuning.',
  },
  {
    file: 'engine/plan-ranges.ts',
    line: "const [first] = await space.keys(ALL, 1, 'first')",
    change: '1 → (1 + 1)',
    because: 'Of the keys that are read, only the first is used.',
  },
  {
    file: 'engine/plan-ranges.ts',
    line: "const [last] = await space.keys(ALL, 1, 'last')",
    change: '1 → (1 + 1)',
    because: 'Of the keys that are read, only the last is used.',
  },
  {
    file: 'engine/plan-ranges.ts',
    line: 'for (let index = 1; index < parallelism; index++) {',
    change: 'index < parallelism → (index) <= (parallelism)',
    because: 'The last key is never a border, so the further place is dropped.',
  },
  {
    file: 'engine/plan-ranges.ts',
    line: 'after = keys.at(-1)!',
    change: '1 → (1 + 1)',
    because: 'The last key of a page may be read twice.',
  },
  {
    file: 'engine/plan-ranges.ts',
    line: "if (compression === 'none') return (await space.keys({ after: place, upTo: last }, 1, 'first'))[0] ?? null",
    change: '1 → (1 + 1)',
    because: 'Of the keys that are read, only the first is used.',
  },
  {
    file: 'engine/plan-ranges.ts',
    line: "return before === undefined || (await space.keys({ after: before, upTo: key }, 1, 'first')).length > 0",
    change: '1 → (1 + 1)',
    because: 'It matters only whether there is a key.',
  },
  {
    file: 'engine/plan/limits.ts',
    line: 'csv: 400_000,',
    change: '400_000 → (400_000 + 1)',
    because: 'A forecast is rough, and a row more per second does not change it.',
  },
  {
    file: 'engine/plan/limits.ts',
    line: 'tsv: 400_000,',
    change: '400_000 → (400_000 + 1)',
    because: 'A forecast is rough, and a row more per second does not change it.',
  },
  {
    file: 'engine/plan/limits.ts',
    line: 'jsonl: 300_000,',
    change: '300_000 → (300_000 + 1)',
    because: 'A forecast is rough, and a row more per second does not change it.',
  },
  {
    file: 'engine/plan/limits.ts',
    line: 'xlsx: 100_000,',
    change: '100_000 → (100_000 + 1)',
    because: 'A forecast is rough, and a row more per second does not change it.',
  },
  {
    file: 'engine/plan/limits.ts',
    line: 'parquet: 200_000,',
    change: '200_000 → (200_000 + 1)',
    because: 'A forecast is rough, and a row more per second does not change it.',
  },
  {
    file: 'engine/plan/limits.ts',
    line: 'if (needed <= seconds) return null',
    change: 'needed <= seconds → (needed) < (seconds)',
    because: 'An estimate does not meet its limit exactly.',
  },
  {
    file: 'engine/plan/limits.ts',
    line: 'if (needed > HOPELESS * seconds) {',
    change: 'needed > HOPELESS * seconds → (needed) >= (HOPELESS * seconds)',
    because: 'An estimate does not meet its limit exactly.',
  },
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
  ...judged('engine/charsets/twins.ts', 'No character of CP932 has this byte.', [
    ['for (let lead = 0x81; lead <= 0xfc; lead++) {', '0xfc → (0xfc + 1)'],
    ['for (let trail = 0x40; trail <= 0xfc; trail++) {', '0xfc → (0xfc + 1)'],
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
  ...judged('engine/compressions/compression.ts', 'The level trades time for size, and every reader reads both.', [
    ['const GZIP_LEVEL = 1', '1 → (1 + 1)'],
    ['export const ZSTD_LEVEL = 2', '2 → (2 + 1)'],
  ]),
  ...judged('engine/compressions/compression.ts', 'Any number but 0 asks for the checksum.', [
    ['params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL, [constants.ZSTD_c_checksumFlag]: 1 },', '1 → (1 + 1)'],
  ]),
  ...judged('engine/charsets/cp932.ts', 'The first byte of a two-byte character is not a character by itself.', [
    ['for (let byte = 0xa1; byte <= 0xdf; byte++) enter(byte)', '0xdf → (0xdf + 1)'],
  ]),
  ...judged('engine/export-chunk.ts', 'A forecast is rough, and a millisecond does not change it.', [
    ['seconds: Math.max(deadline - Date.now(), 1000) / 1000,', '1000 → (1000 + 1)'],
  ]),
  ...judged('engine/plan-ranges.ts', 'Keys of an unknown number are not divided either way.', [
    [
      'const borders = first ? await findBorders(space, plan, { first, total: estimatedRows ?? 0 }) : []',
      '0 → (0 + 1)',
    ],
  ]),
  ...judged('engine/plan/layout.ts', 'Any column that a row function has written may be NULL.', [
    ['nullable: true,', 'true → false'],
  ]),
  ...judged('engine/plan/time-zone.ts', 'Multiplied or divided by -1, a number is the same.', [
    [
      "return sign === undefined ? null : (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1)",
      "(Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1… → ((Number(hours) * 60 + Number(minutes))) / ((sign === '-' ?…",
    ],
  ]),
]
