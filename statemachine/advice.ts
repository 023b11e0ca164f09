/** What to do about a failure: one text for the e-mail, the command and the console. */

import type { Language } from './contract.ts'
import type { ErrorName } from './errors.ts'

export type Advice = Record<Language, string>

const correct: Advice = {
  en: 'Correct the request and send it again with a new id; a replay would fail again.',
  ja: 'リクエストを修正し、新しい id で送り直してください。リプレイしても同じく失敗します。',
}
const fixExport: Advice = {
  en: 'Correct the export, deploy, and send the request again with a new id.',
  ja: 'エクスポートの定義を修正してデプロイし、新しい id でリクエストを送り直してください。',
}
const wait: Advice = {
  en: 'It was tried several times. Once the cause is gone, replay it: what is finished is kept.',
  ja: '何度か再試行しました。原因が解消したらリプレイしてください。完了した分は保持されています。',
}

const advice: Record<ErrorName | 'States.DataLimitExceeded', Advice> = {
  InvalidRequest: correct,
  UnknownExport: correct,
  QueryFailed: {
    en: 'Correct the export’s SQL or grant the missing right. A right: then replay. The SQL: deploy, then send the request again.',
    ja: 'エクスポートの SQL を修正するか、不足している権限を付与してください。権限ならリプレイ、SQL ならデプロイ後に送り直してください。',
  },
  DatabaseUnavailable: wait,
  DatabaseMisconfigured: {
    en: 'Change the setting that the reason names, deploy, and replay: what is finished is kept.',
    ja: '原因に示された設定を直してデプロイし、リプレイしてください。完了した分は保持されています。',
  },
  StorageUnavailable: wait,
  ExportTooLong: {
    en: 'Give the export a key, so that it can be continued, or request fewer rows.',
    ja: 'エクスポートに key を指定して続きから再開できるようにするか、対象の行を減らしてください。',
  },
  KeyNotUnique: fixExport,
  TooManyRows: {
    en: 'Request fewer rows, or another format.',
    ja: '対象の行を減らすか、別の形式を指定してください。',
  },
  TransformFailed: fixExport,
  UnmappableCharacter: {
    en: 'Request the file in UTF-8, or let the export replace characters that its encoding lacks.',
    ja: 'UTF-8 を指定するか、変換できない文字を置き換えるようエクスポートを設定してください。',
  },
  'States.DataLimitExceeded': {
    en: 'The request, or what its export has noted of itself, is larger than a step may carry. Send a request with fewer or shorter parameters, with a new id; a replay begins anew and fails again as long as nothing is changed.',
    ja: 'リクエスト、またはエクスポートの記録がステップの上限サイズを超えました。パラメーターを減らすか短くし、新しい id で送り直してください。リプレイは最初からやり直しますが、変更がなければ再び失敗します。',
  },
  FileIncomplete: {
    en: 'The file was not announced, since it is not whole. Replay it: it is exported anew from the beginning.',
    ja: 'ファイルが完全でないため、通知していません。リプレイしてください。最初からエクスポートし直します。',
  },
}

/** @param error a failure's error name; every one that is not ours is worth a replay */
export function adviceFor(error: string): Advice {
  return Object.hasOwn(advice, error) ? advice[error as keyof typeof advice] : wait
}
