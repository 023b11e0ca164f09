/** All that the elements say, in English and Japanese. */
import type { DownloadStatus } from '../web/contract.ts'

export interface Texts {
  download: string
  requesting: string
  cancel: string
  again: string
  fresh: string
  more: string
  none: string
  offline: string
  paused: string
  next: string
  cancelled: string
  expired: string
  joined: string
  finished: string
  downloads: string
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
  more: 'Show more',
  none: 'No downloads yet',
  offline: 'No connection at the moment. Trying again…',
  paused: 'Downloads are paused at the moment. Yours keeps its place.',
  next: 'Next in line',
  cancelled: 'Cancelled',
  expired: 'The file is no longer available.',
  joined: 'Already requested',
  finished: 'You already have this file',
  downloads: 'My downloads',
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

const ja: Texts = {
  download: 'ダウンロード',
  requesting: '送信中…',
  cancel: 'キャンセル',
  again: 'もう一度試す',
  fresh: '新しく作り直す',
  more: 'さらに表示',
  none: 'ダウンロードはまだありません',
  offline: '接続できません。自動的に再試行します…',
  paused: '現在ダウンロードは一時停止中です。順番は保たれます。',
  next: '次に開始します',
  cancelled: 'キャンセルしました',
  expired: 'ファイルの保存期間が終了しました。',
  joined: 'すでに依頼済みです',
  finished: '作成済みのファイルがあります',
  downloads: 'ダウンロード一覧',
  badParams: 'params には JSON オブジェクトを指定してください。',
  status: {
    waiting: '順番待ち',
    running: '作成中',
    ready: '完了',
    failed: '失敗',
    cancelled: 'キャンセル済み',
    expired: '期限切れ',
  },
  about: (what) => `目安：${what}`,
  ahead: (count) => `${count}件待ち`,
  waiting: (count) => `現在${count}件待ち`,
  left: (duration) => `完了まで${duration}`,
  rows: (rows, expected) => (expected ? `約${expected}行中${rows}行` : `${rows}行`),
  until: (date) => `${date}まで保存`,
  soon: '1分未満',
  roughly: '約',
  comma: '、',
}

export interface Speech {
  language: 'en' | 'ja'
  texts: Texts
  number(value: number): string
  size(bytes: number): string
  duration(seconds: number): string
  date(iso: string, withTime?: boolean): string
}

export function speechOf(lang: string): Speech {
  const isJapanese = /^ja\b/i.test(lang)
  const texts = isJapanese ? ja : en
  const locale = isJapanese ? 'ja' : /^en\b/i.test(lang) ? lang : 'en'
  const number = (value: number, unit?: string) =>
    new Intl.NumberFormat(locale, {
      maximumFractionDigits: unit && value < 10 && !/minute|hour/.test(unit) ? 1 : 0,
      ...(unit && { style: 'unit', unit, unitDisplay: 'short' }),
    }).format(value)
  return {
    language: isJapanese ? 'ja' : 'en',
    texts,
    number,
    size: (bytes) =>
      bytes < 1e3
        ? number(bytes, 'byte')
        : bytes < 1e6
          ? number(bytes / 1e3, 'kilobyte')
          : bytes < 1e9
            ? number(bytes / 1e6, 'megabyte')
            : number(bytes / 1e9, 'gigabyte'),
    duration: (seconds) =>
      seconds < 45
        ? texts.soon
        : seconds < 5400
          ? texts.roughly + number(Math.max(1, Math.round(seconds / 60)), 'minute')
          : texts.roughly + number(Math.round(seconds / 3600), 'hour'),
    date: (iso, withTime) =>
      new Intl.DateTimeFormat(locale, { dateStyle: 'medium', ...(withTime && { timeStyle: 'short' }) }).format(
        new Date(iso),
      ),
  }
}
