/** Which warnings are losses, without a server. */
import { countWarnings } from '../../../../engine/sources/mysql/warnings.ts'
import { QueryFailed } from '../../../../statemachine/errors.ts'

/** By their names in MySQL's reference (https://dev.mysql.com/doc/mysql-errors/8.4/en/) and in MariaDB's. */
const LOSSES = {
  ...{ ER_CUT_VALUE_GROUP_CONCAT: 1260, ER_WARN_DATA_OUT_OF_RANGE: 1264, WARN_DATA_TRUNCATED: 1265 },
  ...{ ER_TRUNCATED_WRONG_VALUE: 1292, ER_INVALID_CHARACTER_STRING: 1300, ER_WARN_ALLOWED_PACKET_OVERFLOWED: 1301 },
  ...{ ER_TRUNCATED_WRONG_VALUE_FOR_FIELD: 1366, ER_DATA_TOO_LONG: 1406, ER_WRONG_VALUE_FOR_TYPE: 1411 },
  ...{ ER_DATA_OVERFLOW: 1916, ER_QUERY_RESULT_INCOMPLETE: 1931, ER_CANNOT_CONVERT_CHARACTER: 1977 },
  ...{ ER_NUMERIC_JSON_VALUE_OUT_OF_RANGE: 3155, ER_INVALID_JSON_VALUE_FOR_CAST: 3156, ER_CANNOT_CONVERT_STRING: 3854 },
  ...{ ER_JSON_BAD_CHR: 4035, ER_JSON_NOT_JSON_CHR: 4036, ER_JSON_EOS: 4037, ER_JSON_SYNTAX: 4038 },
  ...{ ER_JSON_ESCAPING: 4039, ER_JSON_DEPTH: 4040 },
}
const warning = (code: number, level = 'Warning') => ({ level, code, message: 'words' })

test.each(Object.entries(LOSSES))('%s means a loss, and fails the export', (_, code) => {
  expect(() => countWarnings([warning(1287), warning(code)], 2)).toThrow(QueryFailed)
  expect(() => countWarnings([warning(code)], 1)).toThrow(`(warning ${code}: its text is not shown`)
})

test('other warnings, and notes of a code that means a loss, are counted by code', () => {
  const listed = [warning(1287), warning(1441), warning(1287), warning(1292, 'Note')]
  expect(countWarnings(listed, 4)).toEqual({ 1287: 2, 1292: 1, 1441: 1 })
  expect(countWarnings([], 0)).toEqual({})
})

test('a number that is out of its range is a loss, though MariaDB reports it as a note', () => {
  expect(() => countWarnings([warning(1916, 'Note')], 1)).toThrow(QueryFailed)
  expect(countWarnings([warning(1264, 'Note')], 1)).toEqual({ 1264: 1 })
})

test('warnings that the server counts but does not list fail the export, because they may be losses', () => {
  expect(() => countWarnings([warning(1287)], 2)).toThrow(
    /warned 2 times, but lists only 1 of the warnings .* \(1287\)$/,
  )
})
