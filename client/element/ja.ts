/** The elements' texts in Japanese. */
import type { Texts } from './texts.ts'

export const ja: Texts = {
  download: 'ダウンロード',
  requesting: '送信中…',
  cancel: 'キャンセル',
  again: 'もう一度試す',
  fresh: '新しく作り直す',
  offline: '接続できません。自動的に再試行します…',
  paused: '現在ダウンロードは一時停止中です。順番は保たれます。',
  next: '次に開始します',
  expired: 'ファイルの保存期間が終了しました。',
  joined: 'すでに依頼済みです',
  finished: '作成済みのファイルがあります',
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
