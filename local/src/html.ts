/** The layout of the local cloud's own pages. */
import type { IncomingMessage, ServerResponse } from 'node:http'

export function wantsHtml({ headers }: IncomingMessage): boolean {
  return (headers.accept ?? '').includes('text/html')
}

export type PageLanguage = 'en' | 'ja'

const LANGUAGES: Record<PageLanguage, { cloud: string }> = {
  en: { cloud: 'Local cloud' },
  ja: { cloud: 'ローカルクラウド' },
}

/**
 * Returns the language chosen on the neighbouring site, or else the browser's.
 * @param cookie the name of the site's cookie
 */
export function languageOf({ headers }: IncomingMessage, cookie: string | undefined): PageLanguage {
  const cookies = (headers.cookie ?? '').split('; ')
  const chosen = cookie && Object.keys(LANGUAGES).find((language) => cookies.includes(`${cookie}=${language}`))
  const [wanted] = /\b(en|ja)\b/.exec(headers['accept-language'] ?? '') ?? []
  return (chosen || wanted || 'en') as PageLanguage
}

/** @param body markup; external text in it must be escaped */
export function sendHtml(
  response: ServerResponse,
  status: number,
  title: string,
  body: string,
  language: PageLanguage = 'en',
) {
  const page = `<!doctype html>
<html lang="${language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title} · ${LANGUAGES[language].cloud}</title>
<style>
  :root { color-scheme: light dark }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem }
  article { border-top: 1px solid #8886; padding: 0.5rem 0 } h2 { font-size: 1.1rem; margin: 0.5rem 0 0 }
  article p { margin: 0; opacity: 0.9 } pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit }
  iframe { width: 100%; height: 32rem; margin: 0.5rem 0; border: 1px solid #8886; background: #fff; color-scheme: light }
</style>
<h1>${title}</h1>
${body}
</html>
`
  response
    .writeHead(status, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
    })
    .end(page)
}
