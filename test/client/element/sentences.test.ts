/** The sentences and the numbers of the button and the list. */
import { ja } from '../../../client/element/ja.ts'
import { describe as describeDownload, foresee } from '../../../client/element/sentences.ts'
import { others, speechOf } from '../../../client/element/texts.ts'
import type { DownloadView } from '../../../client/web/contract.ts'

const NOW = Date.parse('2026-11-30T06:00:00Z')
const en = speechOf('en')
const soonest = (seconds: number) => new Date(NOW + seconds * 1000).toISOString()
const say = (view: Partial<DownloadView>) => {
  const none = { position: null, paused: false, rows: null, expectedRows: null, expectedReadyAt: null }
  return describeDownload({ ...none, error: null, file: null, ...view } as DownloadView, en, NOW)
}

test.each<[Partial<DownloadView>, string]>([
  [{ status: 'waiting' }, 'Next in line'],
  [{ status: 'waiting', position: 0 }, 'Next in line'],
  [{ status: 'waiting', position: 1 }, '1 ahead of you'],
  [{ status: 'waiting', position: 3, paused: true }, 'Downloads are paused. Yours keeps its place.'],
  [{ status: 'waiting', position: 2, expectedReadyAt: soonest(120) }, '2 ahead of you · ready in about 2 min'],
  [{ status: 'running' }, ''],
  [{ status: 'running', rows: 0 }, '0 rows'],
  [{ status: 'running', rows: 1_200, expectedRows: 3_000 }, '1,200 of about 3,000 rows'],
  [{ status: 'running', rows: 3_100, expectedRows: 3_000 }, '3,100 of about 3,100 rows'],
  [{ status: 'running', rows: 7, expectedReadyAt: soonest(-60) }, '7 rows · ready in less than a minute'],
  [{ status: 'running', expectedReadyAt: soonest(45) }, 'ready in about 1 min'],
  [{ status: 'ready' }, ''],
  [{ status: 'ready', file: { name: 'a', bytes: 2_000, availableUntil: null } }, '2 kB'],
  [
    { status: 'ready', file: { name: 'a', bytes: 2, availableUntil: '2026-12-07T06:00:00Z' } },
    '2 byte · available until Dec 7, 2026',
  ],
  [{ status: 'failed', error: { name: 'QueryFailed', message: 'It failed.', retryable: true } }, 'It failed.'],
  [{ status: 'failed' }, ''],
  [{ status: 'expired' }, 'The file is no longer available.'],
  [{ status: 'cancelled' }, ''],
])('%j is described as “%s”', (view, sentence) => expect(say(view)).toBe(sentence))

test.each([
  [{ seconds: null, bytes: null, waiting: null }, ''],
  [{ seconds: null, bytes: null, waiting: 0 }, ''],
  [{ seconds: 0, bytes: 0, waiting: 1 }, 'Less than a minute, 0 byte · 1 waiting now'],
  [{ seconds: 120, bytes: null, waiting: 0 }, 'About 2 min'],
  [{ seconds: null, bytes: 5_000_000, waiting: 2 }, '5 MB · 2 waiting now'],
])('%j is foreseen as “%s”', (expectation, sentence) =>
  expect(foresee({ export: 'orders', ...expectation }, en)).toBe(sentence),
)

test.each([
  [44, 'less than a minute'],
  [45, 'about 1 min'],
  [89, 'about 1 min'],
  [90, 'about 2 min'],
  [89 * 60, 'about 89 min'],
  [90 * 60, 'about 2 hr'],
  [180 * 60, 'about 3 hr'],
])('%i seconds are %s', (seconds, text) => expect(en.duration(seconds)).toBe(text))

test.each([
  [999, '999 byte'],
  [1_000, '1 kB'],
  [1_234_567, '1.23 MB'],
  [5_000_000_000, '5 GB'],
  [5_000_000_000_000, '5,000 GB'],
])('%i bytes are %s', (bytes, text) => expect(en.size(bytes)).toBe(text))

test('the language is that of the page, in English until the Japanese texts are loaded', () => {
  const before = others.ja
  try {
    others.ja = undefined
    expect(speechOf('ja')).toMatchObject({ language: 'ja', texts: { download: 'Download' } })
    others.ja = ja
    expect(speechOf('JA-jp')).toMatchObject({ language: 'ja', texts: { download: ja.download } })
    expect(speechOf('fr')).toMatchObject({ language: 'en', texts: { download: 'Download' } })
    expect(speechOf('ja').date('2026-11-30T06:00:00Z')).toBe('2026/11/30')
  } finally {
    others.ja = before
  }
  expect(speechOf('en-GB').date('2026-11-30T06:00:00Z')).toBe('30 Nov 2026')
  expect(speechOf('fr').date('2026-11-30T06:00:00Z')).toBe('Nov 30, 2026')
  expect(en.date('2026-11-30T06:00:00Z', { timeStyle: 'short', timeZone: 'UTC' })).toMatch(/^Nov 30, 2026, 6:00/)
})
