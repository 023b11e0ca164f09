/** Keys of every type, divided into ranges that have about as many rows. */
import { KeyNotUnique } from '../../statemachine/errors.ts'
import { execute, given, planned, RANGES, source, store } from './divided.ts'
import { exportAll, run } from './harness.ts'

/** Number of rows in the table of each key type. */
const KEY_ROWS = 2_000

describe('a key', () => {
  const text = 'VARCHAR(60) COLLATE utf8mb4_unicode_ci'
  test.each([
    ['dense', 'INT', 'id'],
    ['sparse: most at one end, the last one far away', 'BIGINT', `IF(id = ${KEY_ROWS}, 9000000000000000000, id * 7)`],
    ['in two heaps', 'BIGINT', `IF(id <= ${0.75 * KEY_ROWS}, id, id * 1000000)`],
    ['negative', 'BIGINT', '-9223372036854775808 + id * 3'],
    ['on both sides of zero', 'INT', `CAST(id AS SIGNED) - ${KEY_ROWS / 2}`],
    ['unsigned, beyond 2^53 and 2^63', 'BIGINT UNSIGNED', '18446744073709551615 - id * 5'],
    ['decimal', 'DECIMAL(30,10)', `(CAST(id AS SIGNED) - ${KEY_ROWS / 2}) * 12345678901.0000000001`],
    ['decimal without a fraction', 'DECIMAL(20)', 'id * 1000000000000'],
    ['a date', 'DATE', "'1900-01-01' + INTERVAL 6 * id DAY"],
    ['a datetime', 'DATETIME', "'2024-01-01' + INTERVAL id * 61 SECOND"],
    ['a datetime with microseconds', 'DATETIME(6)', "'2024-01-01' + INTERVAL id * 12345 MICROSECOND"],
    ['a timestamp', 'TIMESTAMP(3) DEFAULT CURRENT_TIMESTAMP(3)', "'2024-01-01' + INTERVAL id * 61 SECOND"],
    ['a time', 'TIME', `SEC_TO_TIME((CAST(id AS SIGNED) - ${KEY_ROWS / 2}) * 700)`],
    ['a number in text', text, "CONCAT('ORDER-', LPAD(id, 12, '0'))"],
    ['random hexadecimal text', text, 'LEFT(SHA2(id, 256), 40)'],
    [
      'capitals and small letters mixed',
      text,
      "CONCAT(ELT(1 + id % 4, 'Anna-', 'berta-', 'CARLA-', 'dora-'), LEFT(SHA2(id, 256), 32))",
    ],
    ['Japanese', text, "CONCAT(ELT(1 + id % 5, 'あ', 'か', '東', '西', '😀'), LPAD(id, 8, '0'))"],
    [
      'text in its bytes’ order',
      'VARCHAR(60) COLLATE utf8mb4_bin',
      "CONCAT(IF(id % 2, 'Z', 'a'), LEFT(SHA2(id, 256), 32))",
    ],
    ['random bytes', 'VARBINARY(20)', 'UNHEX(LEFT(SHA2(id, 256), 40))'],
    ['bytes that begin alike', 'BINARY(8)', 'UNHEX(LPAD(HEX(id), 16, "00"))'],
  ])('that is %s is divided into about equal ranges', async (_, type, expression) => {
    await execute(
      'DROP TABLE IF EXISTS keyed',
      `CREATE TABLE keyed (k ${type} NOT NULL PRIMARY KEY, id INT NOT NULL) DEFAULT CHARSET=utf8mb4`,
      `INSERT INTO keyed SELECT ${expression}, id FROM numbers WHERE id <= ${KEY_ROWS}`,
      'ANALYZE TABLE keyed',
    )
    const columns = { k: 'k', id: 'id' }
    const query = 'SELECT k, id FROM keyed'
    const one = await run(given(query, { key: 'k', columns }), { source, store })
    const many = await run(given(query, { key: 'k', columns, parallelism: RANGES }), { source, store })
    expect(many.content.equals(one.content)).toBe(true)
    const rows = many.finished.ranges.map((range) => range.rows)
    expect(rows).toHaveLength(RANGES)
    expect(Math.max(...rows)).toBeLessThan((1.6 * KEY_ROWS) / RANGES)
  })

  test('that is NULL in a row is refused', async () => {
    const definition = given('SELECT NULLIF(id, 5) AS id FROM numbers', { parallelism: RANGES })
    await expect(exportAll(definition, { source, store })).rejects.toThrow(KeyNotUnique)
  })

  test('of a type without an exact order is refused', async () => {
    const definition = given('SELECT id * 1.5e0 AS id FROM numbers', { parallelism: RANGES })
    await expect(planned(definition)).rejects.toThrow(/type float, which has no exact order/)
  })
})
