/** Exports in a time zone with a name, whose clock is put back once a year. */
import type { Connection } from 'mysql2/promise'
import { defineExport, type Export, type ExportDefinition, sql } from '../../../engine/catalogue.ts'
import { KeyNotUnique, QueryFailed } from '../../../statemachine/errors.ts'
import { readParquet } from '../formats/readers.ts'
import { run } from '../harness.ts'
import { type BothSources, startSources } from './data-api-support.ts'

const ZONE = 'Europe/Berlin'
/** When its clock changes around 2026: to winter, to summer, and to winter again. */
const CHANGES = ['2025-10-26 01:00:00', '2026-03-29 01:00:00', '2026-10-25 01:00:00']

let both: BothSources
beforeAll(async () => {
  both = await startSources()
  const { connection } = both
  await fillZone(connection)
  await connection.query('CREATE TABLE moments (id INT NOT NULL PRIMARY KEY, t TIMESTAMP(3) NOT NULL UNIQUE)')
  await connection.query(`INSERT INTO moments VALUES (1, '2026-01-01 00:00:00.500'), (2, '2026-07-01 00:00:00'),
    (3, '2026-10-25 00:30:00'), (4, '2026-10-25 01:30:00')`)
})
afterAll(() => both.close())

/** As mysql_tzinfo_to_sql does it, of a server that does not know the zone. */
async function fillZone(connection: Connection): Promise<void> {
  const [[known]] = (await connection.query(
    `SELECT CONVERT_TZ('2026-01-01', '+00:00', '${ZONE}') AS at`,
  )) as unknown as [[{ at: unknown }]]
  if (known.at !== null) return
  await connection.query("INSERT INTO mysql.time_zone (Use_leap_seconds) VALUES ('N')")
  const [[{ id }]] = (await connection.query('SELECT LAST_INSERT_ID() AS id')) as unknown as [[{ id: number }]]
  await connection.query('INSERT INTO mysql.time_zone_name (Name, Time_zone_id) VALUES (?, ?)', [ZONE, id])
  await connection.query(
    "INSERT INTO mysql.time_zone_transition_type VALUES (?, 0, 3600, 0, 'CET'), (?, 1, 7200, 1, 'CEST')",
    [id, id],
  )
  const changes = CHANGES.map((change, index) => [id, Date.parse(`${change}Z`) / 1000, index % 2])
  await connection.query('INSERT INTO mysql.time_zone_transition VALUES ?', [changes])
}

describe.each(['direct', 'Data API'] as const)('by the source %s', (name) => {
  const texts = [
    '2026-01-01 01:00:00.500',
    '2026-07-01 02:00:00.000',
    '2026-10-25 02:30:00.000',
    '2026-10-25 02:30:00.000',
  ]

  test('a TIMESTAMP and a bound Date are in the time zone', async () => {
    const { content } = await exported({ timeZone: ZONE })
    const rows = texts.map((text, index) => `${index + 1},${text},2026-07-14 14:00:00.000`)
    expect(content.toString()).toBe(`id,t,given\r\n${rows.join('\r\n')}\r\n`)
  })

  test('Parquet has the instants, except in the hour that occurs twice', async () => {
    const { content } = await exported({ timeZone: ZONE, formats: ['parquet'] }, 'id < 3')
    const kinds = [
      { name: 'id', kind: 'integer', precision: 4 },
      { name: 't', kind: 'timestamp', precision: null },
    ] as const
    expect(await readParquet(content, kinds, 'UTC')).toEqual([
      ['1', '2026-01-01 00:00:00.500000'],
      ['2', '2026-07-01 00:00:00.000000'],
    ])
    await expect(exported({ timeZone: ZONE, formats: ['parquet'] })).rejects.toThrow(
      /shows 2026-10-25 02:30:00.* twice/,
    )
  })

  test('a TIMESTAMP key is refused, with one or several ranges', async () => {
    for (const parallelism of [1, 2])
      await expect(exported({ timeZone: ZONE, key: 't', parallelism })).rejects.toThrow(KeyNotUnique)
    const { manifest } = await exported({ timeZone: '+01:00', key: 't', parallelism: 2 })
    expect(manifest.file.rows).toBe(4)
  })

  test('a zone that the server does not know is refused with advice', async () => {
    const refused = exported({ timeZone: 'Antarctica/Troll' })
    await expect(refused).rejects.toThrow(QueryFailed)
    await expect(refused).rejects.toThrow(/time zone.*an offset such as \+09:00, or fill its time zone tables/)
  })

  function exported(more: Partial<ExportDefinition>, where = 'TRUE') {
    return run(given(more, where), { source: both.sources[name], store: both.store })
  }
})

function given(more: Partial<ExportDefinition>, where: string): Export {
  return defineExport({
    name: 'moments',
    title: 'Moments',
    query: () =>
      sql([`SELECT id, t, `, ` AS given FROM moments WHERE ${where}`] as never, new Date('2026-07-14T12:00:00Z')),
    key: 'id',
    columns: { id: 'id', t: 't', given: 'given' },
    ...more,
  })
}
