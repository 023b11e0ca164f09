/** Sentences about a download's state. */
import type { DownloadView, Expectation } from '../web/contract.ts'
import type { Speech } from './texts.ts'

export function describe(download: DownloadView, speech: Speech, now = Date.now()): string {
  const { texts, number, size, date, duration } = speech
  const { status, position, paused, rows, expectedRows, expectedReadyAt, error, file } = download
  const left = expectedReadyAt && texts.left(duration((Date.parse(expectedReadyAt) - now) / 1000))
  const parts: (string | null | undefined | false)[] =
    status === 'waiting'
      ? [paused ? texts.paused : position ? texts.ahead(number(position)) : texts.next, left]
      : status === 'running'
        ? [
            rows !== null &&
              texts.rows(number(rows), expectedRows === null ? null : number(Math.max(rows, expectedRows))),
            left,
          ]
        : status === 'ready'
          ? [file && size(file.bytes), file?.availableUntil && texts.until(date(file.availableUntil))]
          : [error?.message ?? (status === 'expired' && texts.expired)]
  return parts.filter(Boolean).join(' · ')
}

/** Returns a sentence about what to expect before anything is requested; empty if nothing is known. */
export function foresee({ seconds, bytes, waiting }: Expectation, { texts, number, size, duration }: Speech): string {
  const usual = [seconds !== null && duration(seconds), bytes !== null && size(bytes)].filter(Boolean).join(texts.comma)
  return [usual && texts.about(usual), waiting && texts.waiting(number(waiting))].filter(Boolean).join(' · ')
}
