/**
 * Collations by which a server sorts otherwise than it compares: `ORDER BY` goes by weights, `key > cursor` by the characters
 * themselves, and where the two differ rows after a cursor would be passed over. An index has the order of the comparison, so
 * it depends on the plan whether any are.
 *
 * They were found by sorting and comparing characters, short and long texts in all collations of MySQL 9.7, MariaDB 10.11 and 11.8;
 * latin7's are MariaDB's alone.
 */
import type { Cursor } from '../../../statemachine/contract.ts'
import { KeyNotUnique } from '../../../statemachine/errors.ts'
import { hasTwin } from '../../charsets/twins.ts'

const AMBIGUOUS = new Set([
  'big5_chinese_ci',
  'cp1250_czech_cs',
  'euckr_korean_ci',
  'gb18030_chinese_ci',
  'latin7_estonian_cs',
  'latin7_general_ci',
  'latin7_general_cs',
  'tis620_thai_ci',
])
/** Of MariaDB, which sorts a CHAR with the spaces that it does not compare, and a VARCHAR without its zeros at the end; 11.8 has MySQL's names for some. */
const NO_PAD = /_nopad_|_0900_/
/**
 * Of MariaDB, which divides `max_sort_length` among the levels, unless the type tells how much the first ones need.
 */
const LEVELS = /_uca1400_(?:\w+_)?(?:ai_cs|as_ci|as_cs)$|_w2$/

/** What a server says of a key, and of itself. */
export interface KeyFacts {
  collation: string
  /** The server's. */
  version: string
}

/**
 * @param isLimited whether the key's type limits its length
 * @throws KeyNotUnique where rows could be lost
 */
export function checkCollation(
  key: string,
  { collation, version }: KeyFacts,
  { isLimited }: { isLimited: boolean },
): void {
  const isLost = /mariadb/i.test(version) && (NO_PAD.test(collation) || (!isLimited && LEVELS.test(collation)))
  if (!AMBIGUOUS.has(collation) && !isLost) return
  throw new KeyNotUnique(
    `The key ${key} has the collation ${collation}, by which the database sorts such texts otherwise than it compares: rows could be lost. Select it with another one, as CONVERT(… USING utf8mb4) COLLATE utf8mb4_bin AS ${key}`,
  )
}

const WITH_TWINS = /^(?:cp932|eucjpms)_/

/**
 * Of a cursor whose own row the server does not find by it: the row may be gone, or the cursor may have become another text.
 *
 * @param collation of the key; null of one that is not a text
 * @throws KeyNotUnique where rows could be lost
 */
export function checkMissing(key: string, collation: string | null, { value }: Cursor): void {
  if (collation === null || !WITH_TWINS.test(collation) || !hasTwin(value)) return
  throw new KeyNotUnique(
    `The key ${key} has the collation ${collation}, in whose character set some characters have two codes. The export cannot go on after a value with such a character: rows could be lost. Select it with another one, as CONVERT(… USING utf8mb4) COLLATE utf8mb4_bin AS ${key}`,
  )
}

/** A SELECT of `KeyFacts`; the server reads no row for it. */
export function collationOf(select: { before: string; from: string; key: string }): string {
  return `${select.before}SELECT COLLATION((SELECT ${select.key} FROM ${select.from} LIMIT 0)) AS collation, VERSION() AS version`
}
