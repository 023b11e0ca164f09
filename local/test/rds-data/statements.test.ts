import { BatchExecuteStatementCommand, type Field } from '@aws-sdk/client-rds-data'
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'
import { startDataApi, TARGET, type TestDataApi } from './support.ts'

let database: FreshDatabase
let api: TestDataApi
beforeAll(async () => {
  database = await freshDatabase()
  const connection = await database.connect()
  await connection.query(`CREATE TABLE things (
    id BIGINT UNSIGNED NOT NULL PRIMARY KEY, flag TINYINT(1), small TINYINT, name VARCHAR(40) CHARACTER SET utf8mb4,
    price DECIMAL(12,2), weight FLOAT, size DOUBLE, made DATETIME(6), day DATE, at TIME, since YEAR,
    bit1 BIT(1), bits BIT(12), data VARBINARY(20), doc JSON, kind ENUM('a','b'), kinds SET('a','b'))`)
  await connection.query(`INSERT INTO things VALUES
    (1, 1, -128, '漢字 🍣', -12.50, 0.1, 0.1, '2026-02-28 12:34:56.000001', '2026-02-28', '-12:34:56', 2026,
     b'1', b'101', x'00FF', '{"a": 1}', 'b', 'a,b'),
    (18446744073709551615, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`)
  await connection.end()
  api = await startDataApi(database)
})
afterAll(async () => {
  await api.close()
  await database.drop()
})

const one = async (sql: string, parameters: object = {}): Promise<Field> => {
  const { records } = await api.execute(sql, parameters)
  return records![0]![0]!
}

describe('a statement', () => {
  test('gives each type as the Field that Aurora MySQL gives', async () => {
    const { records, numberOfRecordsUpdated, columnMetadata } = await api.execute('SELECT * FROM things ORDER BY id')
    expect(records![0]).toEqual([
      { longValue: 1 },
      { booleanValue: true },
      { longValue: -128 },
      { stringValue: '漢字 🍣' },
      { stringValue: '-12.50' },
      { doubleValue: Math.fround(0.1) },
      { doubleValue: 0.1 },
      { stringValue: '2026-02-28 12:34:56.000001' },
      { stringValue: '2026-02-28' },
      { stringValue: '-12:34:56' },
      { stringValue: '2026' },
      { booleanValue: true },
      { blobValue: Uint8Array.of(0, 5) },
      { blobValue: Uint8Array.of(0, 255) },
      { stringValue: '{"a": 1}' },
      { stringValue: 'b' },
      { stringValue: 'a,b' },
    ])
    // A longValue is signed.
    expect(records![1]![0]).toEqual({ stringValue: '18446744073709551615' })
    expect(records![1]!.slice(1).every(({ isNull }) => isNull)).toBe(true)
    expect(numberOfRecordsUpdated).toBe(0)
    expect(columnMetadata).toBeUndefined()
  })

  test('describes its columns on request, even without rows', async () => {
    const { columnMetadata } = await api.execute('SELECT * FROM things LIMIT 0', { includeResultMetadata: true })
    expect(
      columnMetadata!.map(({ label, typeName, precision, scale, nullable, isSigned }) => [
        label,
        typeName,
        precision,
        scale,
        nullable,
        isSigned,
      ]),
    ).toEqual([
      ['id', 'BIGINT UNSIGNED', 20, 0, 0, false],
      ['flag', 'BIT', 1, 0, 1, false],
      ['small', 'TINYINT', 3, 0, 1, true],
      ['name', 'VARCHAR', 40, 0, 1, false],
      ['price', 'DECIMAL', 12, 2, 1, true],
      ['weight', 'FLOAT', 12, 0, 1, true],
      ['size', 'DOUBLE', 22, 0, 1, true],
      ['made', 'DATETIME', 26, 0, 1, false],
      ['day', 'DATE', 10, 0, 1, false],
      ['at', 'TIME', 10, 0, 1, false],
      ['since', 'YEAR', 4, 0, 1, false],
      ['bit1', 'BIT', 1, 0, 1, false],
      ['bits', 'BIT', 12, 0, 1, false],
      ['data', 'VARBINARY', 20, 0, 1, false],
      ['doc', 'JSON', expect.any(Number), 0, 1, false],
      ['kind', 'ENUM', 1, 0, 1, false],
      ['kinds', 'SET', 3, 0, 1, false],
    ])
    expect(columnMetadata![0]).toMatchObject({ name: 'id', tableName: 'things', type: -5, isAutoIncrement: false })
  })

  test('binds named parameters of every type, and finds none in strings and comments', async () => {
    expect(await one('SELECT :a', { parameters: [{ name: 'a', value: { stringValue: "x' OR '1'='1" } }] })).toEqual({
      stringValue: "x' OR '1'='1",
    })
    const { records } = await api.execute(
      `SELECT ':no' AS a, :n + 1, :d, :t, :x IS NULL, HEX(:b), -- :not here
        @v := :n /* nor :here */`,
      {
        parameters: [
          { name: 'n', value: { longValue: 41 } },
          { name: 'd', value: { doubleValue: 0.5 } },
          { name: 't', value: { booleanValue: true } },
          { name: 'x', value: { isNull: true } },
          { name: 'b', value: { blobValue: Uint8Array.of(1, 254) } },
        ],
      },
    )
    expect(records![0]!.map((field) => Object.values(field)[0])).toEqual([':no', 42, 0.5, 1, 1, '01FE', 41])
    await expect(api.execute('SELECT :missing')).rejects.toMatchObject({
      name: 'BadRequestException',
      message: 'Cannot find parameter: missing',
    })
  })

  test('obeys type hints', async () => {
    const hinted = (typeHint: 'DATE' | 'TIME' | 'TIMESTAMP' | 'DECIMAL' | 'JSON' | 'UUID', stringValue: string) => ({
      parameters: [{ name: 'p', typeHint, value: { stringValue } }],
    })
    expect(await one('SELECT :p + INTERVAL 1 DAY', hinted('DATE', '2024-02-28'))).toEqual({ stringValue: '2024-02-29' })
    expect(await one('SELECT HOUR(:p)', hinted('TIME', '23:10:00'))).toEqual({ longValue: 23 })
    expect(await one('SELECT MONTH(:p)', hinted('TIMESTAMP', '2026-01-02 03:04:05.123'))).toEqual({ longValue: 1 })
    expect(await one('SELECT :p + 0', hinted('DECIMAL', '12345678901234567890.12'))).toEqual({
      stringValue: '12345678901234567890.12',
    })
    expect(await one('SELECT :p', hinted('UUID', 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'))).toEqual({
      stringValue: 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
    })
    await expect(api.execute('SELECT :p', hinted('DATE', '28.2.2024'))).rejects.toThrow('YYYY-MM-DD')
  })

  test('returns decimals and integers as requested', async () => {
    const sql = 'SELECT price, id FROM things WHERE id = 1'
    const { records } = await api.execute(sql, {
      resultSetOptions: { decimalReturnType: 'DOUBLE_OR_LONG', longReturnType: 'STRING' },
    })
    expect(records).toEqual([[{ doubleValue: -12.5 }, { stringValue: '1' }]])
  })

  test('formats rows as JSON', async () => {
    const answer = await api.execute('SELECT id, flag, name, price FROM things ORDER BY id', {
      formatRecordsAs: 'JSON',
    })
    expect(answer.records).toBeUndefined()
    expect(answer.formattedRecords).toBe(
      '[{"id":1,"flag":true,"name":"漢字 🍣","price":"-12.50"},{"id":"18446744073709551615","flag":null,"name":null,"price":null}]',
    )
  })
})

describe('writing', () => {
  beforeAll(async () => {
    await api.close()
    // As the account that may write.
    api = await startDataApi(database, { secret: () => JSON.stringify(database.admin) })
    await api.execute('CREATE TABLE notes (id INT AUTO_INCREMENT PRIMARY KEY, note VARCHAR(20))')
  })

  test('returns the number of changed rows and the generated ids', async () => {
    const inserted = await api.execute('INSERT INTO notes (note) VALUES (:note)', {
      parameters: [{ name: 'note', value: { stringValue: 'one' } }],
    })
    expect(inserted).toMatchObject({ numberOfRecordsUpdated: 1, generatedFields: [{ longValue: 1 }] })
    const sql = 'INSERT INTO notes (note) VALUES (:note)'
    const parameterSets = ['two', 'three'].map((note) => [{ name: 'note', value: { stringValue: note } }])
    const { updateResults } = await api.client.send(
      new BatchExecuteStatementCommand({ ...TARGET, database: database.database, sql, parameterSets }),
    )
    expect(updateResults).toEqual([{ generatedFields: [{ longValue: 2 }] }, { generatedFields: [{ longValue: 3 }] }])
    const updated = await api.execute("UPDATE notes SET note = 'x'")
    expect(updated).toMatchObject({ numberOfRecordsUpdated: 3, generatedFields: [] })
    expect(updated.records).toBeUndefined()
  })
})
