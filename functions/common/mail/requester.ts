/**
 * The requester's mail: what they asked for, where the file is and until when; or that it failed and what they can do.
 */
import type { Language } from '../../../statemachine/contract.ts'
import type { Notice } from '../../../statemachine/notice.ts'
import { plainLine } from '../../../statemachine/one-line.ts'
import { size } from '../../../statemachine/size.ts'
import type { Mail } from './mail.ts'
import { localTime } from './times.ts'

/** The link of a mail: to the file, or to the web app's own page. */
export interface MailLink {
  url: string
  /** When the link expires; null if the web app decides. */
  until: Date | null
}

/** What a requester can do about a failure. */
type Remedy = 'narrow' | 'encoding' | 'resend' | 'wait'
const REMEDIES: Record<string, Remedy> = {
  InvalidRequest: 'resend',
  UnknownExport: 'resend',
  TooManyRows: 'narrow',
  ExportTooLong: 'narrow',
  'States.DataLimitExceeded': 'narrow',
  UnmappableCharacter: 'encoding',
}

interface Words {
  /** @param title null if the request could not be parsed */
  ready(title: string | null): string
  failed(title: string | null): string
  download: string
  open: string
  period: string
  until(time: string): string
  rows: [name: string, count: (rows: string) => string]
  size: string
  file: string
  range(from: string, to: string): string
  expires(time: string): string
  careful: string
  again: string
  page: string
  noLink: string
  remedies: Record<Remedy, string[]>
  known: string
  reference(id: string): string
}

const WORDS: Record<Language, Words> = {
  en: {
    ready: (title) => (title === null ? 'Your download is ready' : `Your download is ready: ${title}`),
    failed: (title) =>
      title === null ? 'Your download could not be completed' : `Your download could not be completed: ${title}`,
    download: 'Download the file',
    open: 'Open your download',
    period: 'Period',
    until: (time) => time,
    rows: ['Rows', (rows) => rows],
    size: 'Size',
    file: 'File',
    range: (from, to) => `${from} to ${to}`,
    expires: (time) => `The link works until ${time}. After that, please request the download again.`,
    careful: 'Anyone who has this link can open the file, so please forward it with care.',
    again: 'After the file has been deleted, please request the download again.',
    page: 'You may be asked to sign in.',
    noLink: 'You can get the file where you requested it.',
    remedies: {
      resend: [
        'The request could not be accepted as it was sent. Please request it again where you requested it first.',
      ],
      narrow: [
        'It asks for more than one file can hold. Please narrow it, for example to a shorter period, and request it again.',
      ],
      encoding: [
        'The data contains characters that the chosen encoding does not have. If you can choose, please request UTF-8.',
      ],
      wait: [
        'You do not need to do anything. Once the cause is gone, the operators can resume it, and you will get another mail when the file is ready.',
      ],
    },
    known: 'The operators have been informed of this failure.',
    reference: (id) => `Reference for questions: ${id}`,
  },
  ja: {
    ready: (title) => `${title === null ? 'ご依頼の' : `「${title}」の`}ダウンロードの準備ができました`,
    failed: (title) => `${title === null ? 'ご依頼の' : `「${title}」の`}ダウンロードを完了できませんでした`,
    download: 'ファイルをダウンロード',
    open: 'ダウンロードページを開く',
    period: '期間',
    until: (time) => time,
    rows: ['件数', (rows) => `${rows}件`],
    size: 'サイズ',
    file: 'ファイル名',
    range: (from, to) => `${from} ～ ${to}`,
    expires: (time) => `リンクの有効期限は${time}です。期限が過ぎた場合は、もう一度ダウンロードを依頼してください。`,
    careful: 'このリンクを知っている人は誰でもファイルを開けます。転送の際はご注意ください。',
    again: 'ファイルの保存期間が過ぎた場合は、もう一度ダウンロードを依頼してください。',
    page: 'ログインが必要な場合があります。',
    noLink: 'ファイルは、ダウンロードを依頼した画面から取得できます。',
    remedies: {
      resend: ['ご依頼の内容を受け付けられませんでした。お手数ですが、依頼した画面からもう一度お試しください。'],
      narrow: ['対象のデータが多すぎます。期間を短くするなど条件を絞って、もう一度依頼してください。'],
      encoding: [
        '指定された文字コードでは表せない文字がデータに含まれています。文字コードを選べる場合は、UTF-8でもう一度依頼してください。',
      ],
      wait: [
        '操作は必要ありません。原因が解消すると担当者が処理を再開でき、ファイルの準備ができしだい、改めてメールでお知らせします。',
      ],
    },
    known: 'この件は担当者にも通知されています。',
    reference: (id) => `お問い合わせ番号：${id}`,
  },
}

const TITLE_CHARACTERS = 80

/** @param link null if mails have no links, and for a failure */
export function requesterMail(notice: Notice, link: MailLink | null, defaultTimeZone: string | null): Mail {
  const { language, id, file, failure } = notice
  const words = WORDS[language]
  const title = notice.title === null ? null : plainLine(notice.title, TITLE_CHARACTERS)
  const subject = failure ? words.failed(title) : words.ready(title)
  const paragraphs = failure
    ? [...words.remedies[REMEDIES[failure.error] ?? 'wait'], words.known]
    : linkParagraphs(words, link, language, notice.timeZone ?? defaultTimeZone)
  return {
    subject,
    language,
    headline: language === 'ja' ? `${subject}。` : `${subject}.`,
    button: link ? { label: link.until ? words.download : words.open, url: link.url } : undefined,
    facts: [...asked(notice, words), ...(file ? fileFacts(file, words, language) : [])],
    paragraphs,
    footer: words.reference(id),
  }
}

function linkParagraphs(words: Words, link: MailLink | null, language: Language, timeZone: string | null): string[] {
  if (!link) return [words.noLink, words.again]
  if (!link.until) return [words.page, words.again]
  return [words.expires(localTime(link.until, language, timeZone)), words.careful]
}

function fileFacts(file: NonNullable<Notice['file']>, words: Words, language: Language): [string, string][] {
  const [rows, counted] = words.rows
  return [
    [rows, counted(file.rows.toLocaleString(language))],
    [words.size, size(file.bytes)],
    [words.file, plainLine(file.name)],
  ]
}

/** Returns what was requested: the period, if the parameters have one, and the other parameters by name. */
function asked({ params }: Notice, words: Words): [string, string][] {
  const { from, to, ...others } = params
  const isPeriod = [from, to].every((value) => value !== undefined && /^\d{4}-\d{2}-\d{2}/.test(value))
  const rest = isPeriod ? others : params
  const quoted = Object.entries(rest).map(([name, value]): [string, string] => [
    plainLine(name, 40),
    plainLine(value, 60),
  ])
  return [
    ...(isPeriod ? [[words.period, words.range(plainLine(from!), plainLine(to!))] as [string, string]] : []),
    ...quoted,
  ]
}
