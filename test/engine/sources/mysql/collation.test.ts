/** Which collations a key may have, without a server. */
import { checkCollation, checkMissing, collationOf } from '../../../../engine/sources/mysql/collation.ts'
import { KeyNotUnique } from '../../../../statemachine/errors.ts'

const MYSQL = '8.4.5'
const MARIADB = '11.8.2-MariaDB-log'

describe('a key’s collation', () => {
  const refuses = (collation: string, version: string, isLimited = true) => {
    try {
      checkCollation('id', { collation, version }, { isLimited })
      return false
    } catch (error) {
      expect(error).toBeInstanceOf(KeyNotUnique)
      return true
    }
  }

  test.each(['big5_chinese_ci', 'gb18030_chinese_ci', 'tis620_thai_ci'])('%s is refused everywhere', (collation) => {
    expect([refuses(collation, MYSQL), refuses(collation, MARIADB)]).toEqual([true, true])
  })

  test.each(['utf8mb4_bin', 'utf8mb4_general_ci', 'utf8mb4_unicode_ci'])('%s is as good everywhere', (collation) => {
    for (const isLimited of [true, false])
      expect([refuses(collation, MYSQL, isLimited), refuses(collation, MARIADB, isLimited)]).toEqual([false, false])
  })

  test.each(['utf8mb4_nopad_bin', 'utf8mb4_0900_ai_ci'])('%s is refused on MariaDB', (collation) => {
    expect([refuses(collation, MYSQL), refuses(collation, MARIADB), refuses(collation, MARIADB, false)]).toEqual([
      ...[false, true, true],
    ])
  })

  test.each(['utf8mb4_uca1400_as_cs', 'utf8mb4_uca1400_german2_ai_cs', 'utf8mb4_thai_520_w2'])(
    '%s is refused on MariaDB for a key whose type does not limit its length',
    (collation) => {
      expect(refuses(collation, MARIADB, false)).toBe(true)
      expect([refuses(collation, MARIADB, true), refuses(collation, MYSQL, false)]).toEqual([false, false])
    },
  )

  test('is asked for by a statement that reads no row', () => {
    expect(collationOf({ before: 'WITH a AS (…) ', from: 'a', key: 'a.k' })).toBe(
      'WITH a AS (…) SELECT COLLATION((SELECT a.k FROM a LIMIT 0)) AS collation, VERSION() AS version',
    )
  })
})

test('a cursor that is not found is a deleted row, unless its characters have two codes', () => {
  // ∵ has two codes in cp932.
  const check = (collation: string | null, value: string) => () =>
    checkMissing('id', collation, { type: 'text', value })
  for (const collation of ['cp932_japanese_ci', 'eucjpms_bin']) {
    expect(check(collation, 'a∵')).toThrow(KeyNotUnique)
    expect(check(collation, 'abc')).not.toThrow()
  }
  expect(check('sjis_bin', 'a∵')).not.toThrow()
  expect(check(null, 'a∵')).not.toThrow()
})
