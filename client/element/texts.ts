/** The elements' texts in English; `ja.ts` has the Japanese ones. */
import type { DownloadStatus } from '../web/contract.ts'

export interface Texts {
  download: string
  requesting: string
  cancel: string
  again: string
  fresh: string
  offline: string
  paused: string
  next: string
  expired: string
  joined: string
  finished: string
  badParams: string
  status: Record<DownloadStatus, string>
  about(what: string): string
  ahead(count: string): string
  waiting(count: string): string
  left(duration: string): string
  rows(rows: string, expected: string | null): string
  until(date: string): string
  soon: string
  roughly: string
  comma: string
}

const en: Texts = {
  download: 'Download',
  requesting: 'Requesting…',
  cancel: 'Cancel',
  again: 'Try again',
  fresh: 'Make a new file',
  offline: 'Offline. Trying again…',
  paused: 'Downloads are paused. Yours keeps its place.',
  next: 'Next in line',
  expired: 'The file is no longer available.',
  joined: 'Already requested',
  finished: 'You already have this file',
  badParams: 'params must be a JSON object.',
  status: {
    waiting: 'Waiting',
    running: 'Preparing',
    ready: 'Ready',
    failed: 'Failed',
    cancelled: 'Cancelled',
    expired: 'Expired',
  },
  about: (what) => what[0]!.toUpperCase() + what.slice(1),
  ahead: (count) => `${count} ahead of you`,
  waiting: (count) => `${count} waiting now`,
  left: (duration) => `ready in ${duration}`,
  rows: (rows, expected) => (expected ? `${rows} of about ${expected} rows` : `${rows} rows`),
  until: (date) => `available until ${date}`,
  soon: 'less than a minute',
  roughly: 'about ',
  comma: ', ',
}

/** Texts in other languages, and how to load them. */
export const others: { ja?: Texts | undefined; load?: (() => Promise<{ ja: Texts }>) | undefined } = {}

const SIZES = ['byte', 'kilobyte', 'megabyte', 'gigabyte']

export interface Speech {
  language: 'en' | 'ja'
  texts: Texts
  number(value: number): string
  size(bytes: number): string
  duration(seconds: number): string
  date(iso: string, options?: Intl.DateTimeFormatOptions): string
}

export function speechOf(lang: string): Speech {
  const isJapanese = /^ja\b/i.test(lang)
  const texts = (isJapanese && others.ja) || en
  const locale = texts !== en ? 'ja' : /^en\b/i.test(lang) ? lang : 'en'
  const number = (value: number, unit?: string) =>
    new Intl.NumberFormat(
      locale,
      unit ? { style: 'unit', unit, unitDisplay: 'short', maximumSignificantDigits: 3 } : {},
    ).format(value)
  return {
    language: isJapanese ? 'ja' : 'en',
    texts,
    number,
    size(bytes) {
      let thousands = 0
      for (; bytes >= 1e3 && thousands < 3; thousands++) bytes /= 1e3
      return number(bytes, SIZES[thousands])
    },
    duration(seconds) {
      const minutes = Math.round(seconds / 60)
      if (seconds < 45) return texts.soon
      return texts.roughly + (minutes < 90 ? number(minutes, 'minute') : number(Math.round(minutes / 60), 'hour'))
    },
    date: (iso, options) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', ...options }).format(new Date(iso)),
  }
}
