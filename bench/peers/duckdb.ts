/** DuckDB's Parquet writer on one thread. It reads a CSV file of the same rows, because Carryout parses text, too. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { report } from '../task.ts'

const { csv, directory } = JSON.parse(process.argv[2] ?? '') as { csv: string; directory: string }
const file = join(directory, 'duckdb.parquet')
const text = (value: string) => `'${value.replaceAll("'", "''")}'`
const began = performance.now()
const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
const connection = await instance.connect()
const types = "{'amount': 'DECIMAL(12,2)', 'ordered_at': 'TIMESTAMP', 'shipped_at': 'TIMESTAMP'}"
const read = `SELECT * FROM read_csv(${text(csv)}, header = true, types = ${types})`
const reader = await connection.runAndReadAll(`COPY (${read}) TO ${text(file)} (FORMAT parquet, COMPRESSION zstd)`)
const rows = Number(reader.getRows()[0]?.[0])
rmSync(file)
report({ rows, seconds: (performance.now() - began) / 1000 })
