import { MOST_RANGES } from '../../engine/prepare.ts'
import type { Failed, Range } from '../../statemachine/contract.ts'
import {
  DOCUMENT_BYTES,
  MAX_REQUEST_BYTES,
  malformedText,
  PAYLOAD_BYTES,
  requestBytes,
} from '../../statemachine/limits.ts'

const text = (length: number) => '漢'.repeat(length)
const key = { type: 'text', value: text(60) } as const
const ID = 'i'.repeat(80)

test('the largest document fits together with the largest request', () => {
  const range = (index: number): Range => ({
    index,
    ...{ after: key, upTo: key, cursor: key, done: true, chunks: 3400, rows: 1e12, bytes: 1e13, crc32: 'ffffffff' },
    firstRowAt: '2026-11-30T21:00:00.000Z',
    last: {
      ...{
        key: `chunks/${ID}/39/0003400`,
        etag: `"${'e'.repeat(32)}-10000"`,
        rows: 1e9,
        bytes: 1e11,
        crc32: 'ffffffff',
      },
      ...{ startedAt: '2026-11-30T21:00:00.000Z', firstRowAt: '2026-11-30T21:00:00.000Z' },
      finishedAt: '2026-11-30T21:00:00.000Z',
    },
    consistency: 'chunks',
    transactionId: 't'.repeat(200),
    estimatedRows: 1e12,
    ...(index === 0
      ? { columns: Array.from({ length: 100 }, () => ({ name: 'n'.repeat(64), heading: text(20), type: 'timestamp' })) }
      : {}),
  })
  const document: Omit<Failed, 'request'> = {
    plan: {
      ...{ title: text(100), fileName: text(200), key: `files/${ID}/${'k'.repeat(200)}`, format: 'parquet' },
      ...{ compression: 'none', encoding: 'utf-8-bom', language: 'ja', contentType: 'c'.repeat(100) },
      ...{ parallelism: MOST_RANGES, maxRows: 1e12, estimatedRows: 1e12, preparedAt: '2026-11-30T21:00:00.000Z' },
    },
    ranges: Array.from({ length: MOST_RANGES }, (_, index) => range(index)),
    failure: { step: 'ExportChunk', error: 'e'.repeat(100), cause: 'c'.repeat(8000), redriveCount: 100 },
  }
  const wrapper = { FunctionName: 'f'.repeat(200), Payload: { execution: 'x'.repeat(300), document } }
  expect(requestBytes(wrapper)).toBeLessThan(DOCUMENT_BYTES)
  expect(MAX_REQUEST_BYTES + DOCUMENT_BYTES).toBe(PAYLOAD_BYTES)
})

test.each([
  [{ a: ['漢😀', { b: 'c' }], d: 7, e: null }, null],
  [{ a: { b: ['x', 'half \ud83d'] } }, 'a.b.1'],
  [{ a: { 'half \udc00': 1 } }, 'a.half \ufffd'],
])('text with an unpaired surrogate is found: %j', (value, place) => {
  expect(malformedText(value)).toBe(place)
})
