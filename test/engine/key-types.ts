/** Every type of column that may be a key, with values that lie close together, and those that may not. */
import fc from 'fast-check'

export interface KeyType {
  /** After the name in CREATE TABLE. */
  type: string
  /** Some of them may be the same for the database. */
  values: fc.Arbitrary<string | Buffer>
}

export const REFUSED_TYPES = ['FLOAT', 'DOUBLE', 'BIT(8)', "ENUM('a', 'b')", "SET('a', 'b')", 'JSON', 'POINT'] as const

const LATIN = 'aAbBeEsSzZ09 \t-_.\'"%\\'
const ACCENTS = `${LATIN}àÀäÄåéßæÆøØñ`
const UNICODE = `${ACCENTS}\u0001\u0301ıİſŁσςΣжЖあアｱが亜ー①한😀𠮷`
const JAPANESE = `${LATIN}あアｱがー亜髙①～`
const CHINESE = `${LATIN}一丁七中文`

/**
 * Collations with some of their characters. Some fold case and accents, others do not; some pad, others do not.
 */
const COLLATIONS: Record<string, string> = {
  utf8mb4_bin: UNICODE,
  utf8mb4_general_ci: UNICODE,
  utf8mb4_unicode_ci: UNICODE,
  utf8mb4_unicode_520_ci: UNICODE,
  utf8mb4_spanish2_ci: `${UNICODE}clCL`,
  utf8mb4_0900_ai_ci: UNICODE,
  utf8mb4_0900_as_ci: UNICODE,
  utf8mb4_0900_as_cs: UNICODE,
  utf8mb4_0900_bin: UNICODE,
  utf8mb4_ja_0900_as_cs: UNICODE,
  utf8mb4_ja_0900_as_cs_ks: UNICODE,
  utf8mb4_uca1400_ai_ci: UNICODE,
  utf8mb4_uca1400_as_cs: UNICODE,
  utf8mb3_general_ci: `${ACCENTS}あアｱ亜`,
  ucs2_unicode_ci: `${ACCENTS}あアｱ亜`,
  utf16_general_ci: UNICODE,
  utf32_bin: UNICODE,
  ascii_general_ci: LATIN,
  latin1_swedish_ci: ACCENTS,
  latin1_german2_ci: ACCENTS,
  latin1_general_cs: ACCENTS,
  latin1_bin: ACCENTS,
  cp1251_general_ci: `${LATIN}жЖёЁя`,
  cp932_japanese_ci: JAPANESE,
  cp932_bin: JAPANESE,
  sjis_japanese_ci: `${LATIN}あアｱがー亜`,
  eucjpms_japanese_ci: JAPANESE,
  ujis_bin: `${LATIN}あアｱがー亜`,
  gbk_chinese_ci: CHINESE,
  gb18030_bin: `${CHINESE}😀`,
  euckr_bin: `${LATIN}가나한글`,
}
const TEXTS = ['VARCHAR(20)', 'CHAR(20)', 'TEXT', 'LONGTEXT']
/** MariaDB sorts a CHAR in one with the spaces that it does not compare, and a VARCHAR without zeros at its end. */
const NO_PAD = /nopad|_0900_/
/** Those by which servers sort otherwise than they compare: 丁 and 七 have one weight in the first, but are not equal. */
const AMBIGUOUS = ['big5_chinese_ci', 'cp1250_czech_cs', 'euckr_korean_ci', 'gb18030_chinese_ci', 'tis620_thai_ci']
/** Of a text without a limit, MariaDB sorts by too few weights of each level. */
const LEVELS = ['utf8mb4_uca1400_as_cs', 'utf8mb4_uca1400_spanish2_ai_cs', 'utf8mb4_thai_520_w2']

const SEVERAL_LEVELS = /_uca1400_(?:\w+_)?(?:ai_cs|as_ci|as_cs)$|_w2$/
/** Characters that a character set has in which no collation of the list above is. */
const CHARACTERS: Record<string, string> = {
  utf8mb4: UNICODE,
  utf16: UNICODE,
  utf16le: UNICODE,
  utf32: UNICODE,
  utf8mb3: `${ACCENTS}あアｱ亜`,
  ucs2: `${ACCENTS}あアｱ亜`,
  latin1: ACCENTS,
}

/** Whether texts with the collation can be keys. `binary` is for bytes, and ambiguous collations are refused. */
function isSorted(collation: string): boolean {
  return collation !== 'binary' && !AMBIGUOUS.includes(collation) && !/^latin7_(?:estonian|general)_c/.test(collation)
}

function charactersOf(collation: string): string {
  return CHARACTERS[collation.split('_')[0]!] ?? LATIN
}

/** MariaDB alone has these. */
const isMariaDb = (collations: ReadonlySet<string>) => collations.has('utf8mb4_uca1400_ai_ci')

/** @param collations of the server */
export function refusedTexts(collations: ReadonlySet<string>): string[] {
  const all = ['VARCHAR(20)', 'TEXT'].flatMap((type) =>
    [...AMBIGUOUS, ...(type === 'TEXT' ? LEVELS : [])].map((collation) => ({ type, collation })),
  )
  const padded = [...collations]
    .filter((name) => isMariaDb(collations) && NO_PAD.test(name))
    .map((collation) => ({ type: 'CHAR(20)', collation }))
  return [
    ...all.filter(({ collation }) => collations.has(collation)),
    ...padded.filter((_, index) => index % 60 === 0),
  ].map(({ type, collation }) => `${type} CHARACTER SET ${collation.split('_')[0]} COLLATE ${collation}`)
}

/**
 * @param collations of the server
 * @param options.all whether each of them is swept, instead of those that stand for the others
 */
export function keyTypes(collations: ReadonlySet<string>, { all = false } = {}): KeyType[] {
  const others = all ? [...collations].filter((name) => !(name in COLLATIONS) && isSorted(name)) : []
  const texts = [...Object.entries(COLLATIONS), ...others.map((name) => [name, charactersOf(name)] as const)].filter(
    ([collation]) => collations.has(collation) && !(isMariaDb(collations) && NO_PAD.test(collation)),
  )
  return [
    ...['TINYINT', 'SMALLINT', 'MEDIUMINT', 'INT', 'BIGINT'].flatMap(integers),
    { type: 'TINYINT(1)', values: fc.integer({ min: -128, max: 127 }).map(String) },
    { type: 'INT(8) UNSIGNED ZEROFILL', values: fc.integer({ min: 0, max: 999_999_999 }).map(String) },
    ...([[1, 0], [9, 0], [10, 2], [38, 10], [65, 0], [65, 30]] as const).map(decimals), // biome-ignore format: a list of pairs
    ...texts.flatMap(([collation, characters], index) => {
      const type = TEXTS[index % TEXTS.length]!
      const isShort = SEVERAL_LEVELS.test(collation)
      return text(isShort ? 'VARCHAR(20)' : type, collation, characters)
    }),
    ...['VARBINARY(12)', 'BINARY(12)', 'BLOB', 'LONGBLOB'].map((type) => ({ type, values: bytes })),
    { type: 'DATE', values: day('1000-01-01', '9999-12-31') },
    ...[0, 3, 6].flatMap(moments),
    { type: 'YEAR', values: fc.oneof(fc.constant('0000'), fc.integer({ min: 1901, max: 2155 }).map(String)) },
  ]
}

function integers(name: string, index: number): KeyType[] {
  const size = 2n ** BigInt([8, 16, 24, 32, 64][index]!)
  const within = (min: bigint, max: bigint) =>
    fc
      .oneof(
        fc.bigInt({ min, max }),
        fc.bigInt({ min, max: min + 60n }),
        fc.bigInt({ min: max - 60n, max }),
        fc.bigInt({ min: size / 2n - 40n, max: size / 2n + 40n }).map((n) => (n > max ? n - size : n)),
      )
      .map(String)
  return [
    { type: name, values: within(-size / 2n, size / 2n - 1n) },
    { type: `${name} UNSIGNED`, values: within(0n, size - 1n) },
  ]
}

function decimals([precision, scale]: readonly [number, number]): KeyType {
  const most = 10n ** BigInt(precision) - 1n
  const close = most < 200n ? most : 200n
  const values = fc.oneof(
    fc.bigInt({ min: -most, max: most }),
    fc.bigInt({ min: -close, max: close }),
    fc.bigInt({ min: most - close, max: most }),
  )
  return { type: `DECIMAL(${precision}, ${scale})`, values: values.map((n) => `${n}e-${scale}`) }
}

function text(type: string, collation: string, characters: string): KeyType {
  const values = fc.string({ unit: fc.constantFrom(...characters), maxLength: 6, size: 'max' })
  return { type: `${type} CHARACTER SET ${collation.split('_')[0]} COLLATE ${collation}`, values }
}

const bytes = fc
  .array(fc.oneof(fc.constantFrom(0x00, 0x20, 0x5c, 0x7f, 0x80, 0xff), fc.nat(255)), { maxLength: 8, size: 'max' })
  .map((values) => Buffer.from(values))

const digits = (number: number, count: number) => String(number).padStart(count, '0')
const day = (from: string, to: string) =>
  fc
    .date({ min: new Date(from), max: new Date(to), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10))
const clock = (hours: number) =>
  fc
    .tuple(fc.integer({ min: 0, max: hours }), fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 59 }))
    .map((parts) => parts.map((part) => digits(part, 2)).join(':'))

/** A third of them within one second, where it has a fraction. */
function moments(count: number): KeyType[] {
  const fraction =
    count === 0 ? fc.constant('') : fc.integer({ min: 0, max: 10 ** count - 1 }).map((n) => `.${digits(n, count)}`)
  const together = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((all) => all.join(''))
  const of = (second: string, ...all: fc.Arbitrary<string>[]) =>
    fc.oneof(together(...all, fraction), together(...all, fraction), together(fc.constant(second), fraction))
  const space = fc.constant(' ')
  const times = of('-00:00:00', fc.constantFrom('', '-'), clock(837))
  return [
    {
      type: `DATETIME(${count})`,
      values: of('2026-02-28 23:59:59', day('1000-01-01', '9999-12-30'), space, clock(23)),
    },
    {
      type: `TIMESTAMP(${count})`,
      values: of('2001-09-09 01:46:40', day('1970-01-03', '2038-01-17'), space, clock(23)),
    },
    { type: `TIME(${count})`, values: times },
  ]
}
