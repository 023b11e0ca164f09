/**
 * Collations with which a server sorts differently from how it compares: `ORDER BY` uses weights, `key > cursor` the
 * characters themselves, and where they differ, rows after a cursor would be skipped. An index has the order of the
 * comparison, so whether rows are lost depends on the plan.
 *
 * The list was found by sorting and comparing characters, short texts and long texts in all collations of MySQL 9.7 and
 * MariaDB 10.11 and 11.8. Those of latin7 exist in MariaDB only.
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
/**
 * In MariaDB, which sorts a CHAR with trailing spaces that it does not compare, and a VARCHAR without its trailing zero
 * bytes. Version 11.8 uses MySQL's names for some.
 */
const NO_PAD = /_nopad_|_0900_/
/** In MariaDB, which divides `max_sort_length` among the levels unless the type tells how much the first ones need. */
const LEVELS = /_uca1400_(?:\w+_)?(?:ai_cs|as_ci|as_cs)$|_w2$/

/** The server's version and the key's collation. */
export interface KeyFacts {
  collation: string
  /** The server's version. */
  version: string
}

/**
 * @param isLimited whether the key's type limits its length
 * @throws KeyNotUnique if rows could be lost
 */
export function checkCollation(
  key: string,
  { collation, version }: KeyFacts,
  { isLimited }: { isLimited: boolean },
): void {
  const isLost = /mariadb/i.test(version) && (NO_PAD.test(collation) || (!isLimited && LEVELS.test(collation)))
  if (!AMBIGUOUS.has(collation) && !isLost) return
  throw new KeyNotUnique(
    `The key ${key} has the collation ${collation}, which sorts such texts differently from how it compares them, so rows could be lost. Select the key with another collation: CONVERT(… USING utf8mb4) COLLATE utf8mb4_bin AS ${key}`,
  )
}

const WITH_TWINS = /^(?:cp932|eucjpms)_/

/**
 * Checks a cursor by which the server does not find its own row. Either the row was deleted, or the cursor was changed
 * by a character set conversion.
 *
 * @param collation of the key; null if it is not a text
 * @throws KeyNotUnique if rows could be lost
 */
export function checkMissing(key: string, collation: string | null, { value }: Cursor): void {
  if (collation === null || !WITH_TWINS.test(collation) || !hasTwin(value)) return
  throw new KeyNotUnique(
    `The key ${key} has the collation ${collation}, in whose character set some characters have two codes. The export cannot continue after a value with such a character, because rows could be lost. Select the key with another collation: CONVERT(… USING utf8mb4) COLLATE utf8mb4_bin AS ${key}`,
  )
}

/** Returns a SELECT of `KeyFacts`, for which the server reads no row. */
export function collationOf(select: { before: string; from: string; key: string }): string {
  return `${select.before}SELECT COLLATION((SELECT ${select.key} FROM ${select.from} LIMIT 0)) AS collation, VERSION() AS version`
}
