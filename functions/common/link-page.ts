/** The page that a link shows in a browser: a button that fetches the file, or the reason why it cannot. */
import { createHash } from 'node:crypto'
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import type { Language } from '../../statemachine/contract.ts'
import { oneLine } from '../../statemachine/one-line.ts'
import type { Link } from './link.ts'
import { escapeHtml } from './mail/mail.ts'

type Reason = 'forged' | 'expired' | 'revoked' | 'deleted' | 'method'

const WORDS: Record<Language, { title: string; button: string; note: string; reasons: Record<Reason, string> }> = {
  en: {
    title: 'Your download',
    button: 'Download',
    note: 'The download starts when you press the button.',
    reasons: {
      forged: 'This link is not valid. Open it exactly as it appears in the e-mail.',
      expired: 'This link has expired. Request the download again.',
      revoked: 'This link no longer works. Request the download again.',
      deleted: 'This file has been deleted. Request the download again.',
      method: 'This link can only be opened in a browser.',
    },
  },
  ja: {
    title: 'ダウンロード',
    button: 'ダウンロード',
    note: 'ボタンを押すと、ダウンロードが始まります。',
    reasons: {
      forged: 'このリンクは正しくありません。メールに記載されたとおりに開いてください。',
      expired: 'このリンクの有効期限が切れています。もう一度ダウンロードを依頼してください。',
      revoked: 'このリンクは無効になりました。もう一度ダウンロードを依頼してください。',
      deleted: 'このファイルは削除されました。もう一度ダウンロードを依頼してください。',
      method: 'このリンクはブラウザーで開いてください。',
    },
  },
}

const STYLE =
  'body{font:16px/1.6 system-ui,sans-serif;margin:0;display:grid;place-items:center;min-height:90vh;color-scheme:light dark}main{padding:1rem;max-width:32rem;text-align:center}h1{font:inherit;overflow-wrap:anywhere}button{font:inherit;font-weight:600;padding:.75rem 2rem;border:0;border-radius:6px;background:#0b5fff;color:#fff;cursor:pointer}button:focus-visible{outline:3px solid #80b0ff;outline-offset:2px}'
const STYLE_HASH = `sha256-${createHash('sha256').update(STYLE).digest('base64')}`

/** Returns the first of a browser's languages that the page supports. */
export function languageOf(acceptLanguage: string | undefined): Language {
  const first = (acceptLanguage ?? '').split(',').map((part) => part.trim().slice(0, 2).toLowerCase())
  return first.find((language): language is Language => language === 'ja' || language === 'en') ?? 'en'
}

/**
 * Returns the page. Its form has no action, so it is posted to the link itself. @param filesOrigin the origin to which
 * the response redirects the browser
 */
export function linkPage({ key }: Link, filesOrigin: string, language: Language): APIGatewayProxyStructuredResultV2 {
  const { button, note } = WORDS[language]
  const name = escapeHtml(oneLine(key.split('/').at(-1)!))
  const body = `<h1>${name}</h1><form method="post"><button>${button}</button></form><p><small>${note}</small></p>`
  return page(200, body, language, `'self' ${filesOrigin}`)
}

export function messagePage(statusCode: number, reason: Reason, language: Language): APIGatewayProxyStructuredResultV2 {
  return page(statusCode, `<h1>${WORDS[language].reasons[reason]}</h1>`, language, "'none'")
}

function page(statusCode: number, content: string, language: Language, formAction: string) {
  const { title } = WORDS[language]
  const body = `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>${title}</title><style>${STYLE}</style></head><body><main>${content}</main></body></html>`
  return {
    statusCode,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; style-src '${STYLE_HASH}'; form-action ${formAction}; base-uri 'none'; frame-ancestors 'none'`,
      'cache-control': 'no-store',
      'x-robots-tag': 'noindex',
      // With no-referrer, a browser would send the form with the origin "null".
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      vary: 'accept-language',
    },
    body,
  }
}
