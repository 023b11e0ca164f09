/** Texts for users, in their language. */
import type { Language } from '../../statemachine/request.ts'

const en = {
  notSignedIn: 'Please sign in.',
  notAllowed: 'You are not allowed to request this download.',
  otherOrigin: 'This request came from another site and was refused. Please reload the page and try again.',
  notFound: 'Download not found.',
  methodNotAllowed: 'This action is not supported.',
  invalid: '{detail}',
  notJson: 'The request must be sent as JSON.',
  tooLarge: 'The request is too large.',
  notReady: 'The file is not ready yet.',
  noFile: 'This download has no file. Please request it again.',
  expired: 'The file has been deleted because its retention period has ended. Please request it again.',
  notKnownAnyMore: 'The details of this request are no longer available. Please make a new request.',
  tooManyPending: 'You already have {count} downloads in progress. Please wait until one is ready, or cancel one.',
  unavailable: 'Downloads are not available at the moment. Please try again shortly.',
  broken: 'Something went wrong. Please try again later.',
  narrow: 'The request exceeds what one file can hold. Please narrow it, for example to a shorter period.',
  encoding: 'The data contains characters that the chosen encoding cannot represent. If you can choose, use UTF-8.',
  resend: 'The request could not be accepted. Please check it and try again.',
  failed: 'The download could not be completed. The operators have been notified; you can try again.',
}
export type Sentence = keyof typeof en

const ja: Record<Sentence, string> = {
  notSignedIn: 'ログインしてください。',
  notAllowed: 'このダウンロードを依頼する権限がありません。',
  otherOrigin: '別のサイトからの操作のため受け付けませんでした。ページを再読み込みして、もう一度お試しください。',
  notFound: 'ダウンロードが見つかりません。',
  methodNotAllowed: 'この操作には対応していません。',
  invalid: '依頼の内容に誤りがあります（{detail}）',
  notJson: '依頼は JSON で送信してください。',
  tooLarge: '依頼の内容が大きすぎます。',
  notReady: 'ファイルはまだ準備中です。',
  noFile: 'このダウンロードにはファイルがありません。もう一度依頼してください。',
  expired: '保存期間が過ぎたため、ファイルは削除されました。もう一度依頼してください。',
  notKnownAnyMore: '依頼の内容が残っていません。お手数ですが、新しく依頼してください。',
  tooManyPending: '処理中のダウンロードが {count} 件あります。完了を待つか、いずれかをキャンセルしてください。',
  unavailable: '現在ダウンロードを利用できません。しばらくしてからもう一度お試しください。',
  broken: 'エラーが発生しました。しばらくしてからもう一度お試しください。',
  narrow: '対象のデータが多すぎます。期間を短くするなど、条件を絞ってください。',
  encoding: '指定された文字コードでは表せない文字が含まれています。文字コードを選べる場合は UTF-8 にしてください。',
  resend: '依頼の内容を受け付けられませんでした。内容を確認して、もう一度依頼してください。',
  failed: '完了できませんでした。担当者に通知済みです。もう一度試すこともできます。',
}

export const TEXTS: Record<Language, Record<Sentence, string>> = { en, ja }

/** A failure's sentence for its requester, and whether the same request may succeed next time. */
const FAILURES: Record<string, Sentence> = {
  InvalidRequest: 'resend',
  UnknownExport: 'resend',
  TooManyRows: 'narrow',
  ExportTooLong: 'narrow',
  DataLimitExceeded: 'narrow',
  'States.DataLimitExceeded': 'narrow',
  UnmappableCharacter: 'encoding',
}

export function failureSentence(error: string, language: Language): { message: string; retryable: boolean } {
  const sentence = Object.hasOwn(FAILURES, error) ? FAILURES[error]! : 'failed'
  return { message: TEXTS[language][sentence], retryable: sentence === 'failed' }
}

/** Returns the first of the browser's languages that is supported. */
export function languageOf(acceptLanguage: string | null): Language {
  const first = (acceptLanguage ?? '').toLowerCase().match(/\b(en|ja)\b/)
  return first?.[1] === 'ja' ? 'ja' : 'en'
}
