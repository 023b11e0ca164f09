/** Says what to do about a failure. The e-mail, the command and the console share these texts. */

import type { Language } from './contract.ts'
import type { ErrorName } from './errors.ts'
import { NOT_STARTED } from './table.ts'

export type Advice = Record<Language, string> & {
  /** What to do with the execution once its cause is gone: replay it, or send the request again, possibly edited. */
  remedy: 'replay' | 'edit'
}

/** For errors that have passed, or whose cause was fixed outside the request. */
const replay = (en: string, ja: string): Advice => ({ remedy: 'replay', en, ja })
/** For errors after which the request or the file must change. */
const edit = (en: string, ja: string): Advice => ({ remedy: 'edit', en, ja })

const retried = replay(
  'It was tried several times. Once the cause is gone, replay it: what is finished is kept.',
  '何度か再試行しました。原因が解消したらリプレイしてください。完了した分は保持されています。',
)
const other = replay(
  'Once the cause is gone, replay it: what is finished is kept.',
  '原因が解消したらリプレイしてください。完了した分は保持されています。',
)
const stopped = replay(
  'It was stopped, and what it had written was deleted. A replay exports it from the beginning.',
  '停止され、書き込んだものは削除されました。リプレイすると最初からエクスポートします。',
)

const advice = {
  InvalidRequest: edit(
    'Correct the request and send it again. If the export should have accepted it, correct the export, deploy, and replay.',
    'リクエストを修正して送り直してください。エクスポートの定義に誤りがある場合は、修正をデプロイしてからリプレイしてください。',
  ),
  UnknownExport: edit(
    'Correct the name of the export and send the request again. If the export is only missing from the catalogue, deploy it and replay.',
    'エクスポート名を修正して送り直してください。カタログに未登録のエクスポートなら、デプロイしてからリプレイしてください。',
  ),
  QueryFailed: replay(
    'Correct what the reason names: a missing permission or table, or the export’s SQL, which must then be deployed. Then replay. Rows that were already written stay as they are; if they must change as well, send the request again.',
    '理由に示された問題（権限やテーブルの不足、SQL の誤り）を直し、SQL を変えた場合はデプロイしてから、リプレイしてください。書き込み済みの行は変わりません。それも直す必要があれば、リクエストを送り直してください。',
  ),
  DatabaseUnavailable: retried,
  DatabaseMisconfigured: replay(
    'Change the setting that the reason names, deploy, and replay: what is finished is kept.',
    '理由に示された設定を直してデプロイし、リプレイしてください。完了した分は保持されています。',
  ),
  StorageUnavailable: retried,
  ExportTooLong: edit(
    'Request fewer rows, or a format that can be continued (CSV, TSV, JSON Lines). If the export has no key, give it one and deploy. Then send the request again.',
    '対象の行を減らすか、続きから再開できる形式（CSV、TSV、JSON Lines）を指定して、送り直してください。エクスポートに key がなければ、指定してデプロイしてください。',
  ),
  KeyNotUnique: edit(
    'Correct the export’s key, or the rows that share one, deploy, and send the request again.',
    'エクスポートの key、または key が重複する行を直し、デプロイしてから送り直してください。',
  ),
  TooManyRows: edit(
    'Request fewer rows, or another format where the format is the limit, and send the request again.',
    '対象の行を減らすか、形式による上限の場合は別の形式を指定して、送り直してください。',
  ),
  TransformFailed: edit(
    'Correct the value that the reason names, or the export’s row function and deploy; or choose a format that holds the value. Then send the request again: a replay would keep the rows that were already written.',
    '理由に示された値を直すか、row 関数を直してデプロイするか、その値を格納できる形式を指定して、送り直してください。リプレイでは書き込み済みの行がそのまま残ります。',
  ),
  UnmappableCharacter: edit(
    'Request the file in UTF-8 and send the request again. Or let the export replace what its encoding lacks, and deploy.',
    'UTF-8 を指定して送り直してください。または、変換できない文字を置き換えるようエクスポートを設定し、デプロイしてください。',
  ),
  'States.DataLimitExceeded': edit(
    'The request, or the state of its export, is larger than a step can carry. Send a request with fewer or shorter parameters. A replay starts over, and fails again unless something is changed.',
    'リクエスト、またはエクスポートの記録がステップの上限サイズを超えました。パラメーターを減らすか短くして送り直してください。リプレイは最初からやり直しますが、変更がなければ再び失敗します。',
  ),
  FileIncomplete: replay(
    'The file is incomplete and was not announced. Replay it: the file is composed again, and exported again if it is still incomplete.',
    'ファイルが完全でないため、通知していません。リプレイしてください。ファイルを組み立て直し、それでも不完全なら最初からエクスポートし直します。',
  ),
  Cancelled: edit(
    'It was cancelled while it waited, so nothing was exported. If the download is needed after all, request it again.',
    '待機中にキャンセルされたため、何もエクスポートしていません。やはり必要であれば、新しくリクエストしてください。',
  ),
  [NOT_STARTED]: edit(
    'It never became an execution, so there is nothing to replay. Fix the cause, then send its message again from the dead letters.',
    '実行が始まらなかったため、リプレイはできません。原因を取り除いてから、デッドレターのメッセージを送り直してください。',
  ),
  Stopped: stopped,
  Aborted: stopped,
} satisfies Record<ErrorName, Advice> & Record<string, Advice>

/** Every error name with advice of its own, for the runbook and tests. */
export const ADVISED = Object.keys(advice)

/** @param error a failure's error name; an error that is not Carryout's is worth a replay */
export function adviceFor(error: string): Advice {
  return Object.hasOwn(advice, error) ? advice[error as keyof typeof advice] : other
}
