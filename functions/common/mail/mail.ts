/** A mail as structured paragraphs, from which its text and its HTML are made. */

export interface Mail {
  subject: string
  language: 'en' | 'ja'
  /** The first line. */
  headline: string
  /** The button's label and URL. */
  button?: { label: string; url: string } | undefined
  /** Name and value pairs. */
  facts: [name: string, value: string][]
  paragraphs: string[]
  /** Small print at the end. */
  footer: string
}

/** Returns the text version. Lines are not wrapped, so that a link is never broken. */
export function textOf({ headline, button, facts, paragraphs, footer, language }: Mail): string {
  const colon = language === 'ja' ? '：' : ': '
  const lines = [
    headline,
    '',
    ...(button ? [`${button.label}${language === 'ja' ? '：' : ':'}`, button.url, ''] : []),
    ...(facts.length > 0 ? [...facts.map(([name, value]) => `${name}${colon}${value}`), ''] : []),
    ...paragraphs.flatMap((paragraph) => [paragraph, '']),
    '--',
    footer,
    '',
  ]
  return lines.join('\n')
}

const FONT = "-apple-system, 'Segoe UI', Roboto, 'Hiragino Sans', 'Noto Sans JP', 'Yu Gothic UI', Meiryo, sans-serif"

/**
 * Returns the HTML version. It uses tables and inline styles, because mail programs support little else. It has no
 * pictures, no scripts, and no link but the button's.
 */
export function htmlOf({ subject, language, headline, button, facts, paragraphs, footer }: Mail): string {
  const rows = facts.map(
    ([name, value]) =>
      `<tr><td style="padding:4px 16px 4px 0;color:#57606a;white-space:nowrap;vertical-align:top">${escapeHtml(name)}</td><td style="padding:4px 0;overflow-wrap:anywhere">${escapeHtml(value)}</td></tr>`,
  )
  const buttonHtml = button
    ? `<p style="margin:24px 0"><a href="${escapeHtml(button.url)}" style="display:inline-block;padding:12px 24px;border-radius:6px;background:#0b5fff;color:#ffffff;text-decoration:none;font-weight:600">${escapeHtml(button.label)}</a></p>`
    : ''
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light">
<meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no">
<title>${escapeHtml(subject)}</title>
</head>
<body style="margin:0;padding:24px 12px;background:#f2f4f7;color:#1f2328;font:16px/1.6 ${FONT}">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px;background:#ffffff;border-radius:8px"><tr><td style="padding:28px 28px 20px">
<p style="margin:0;font-size:18px;font-weight:600">${escapeHtml(headline)}</p>
${buttonHtml}
${rows.length > 0 ? `<table role="presentation" cellpadding="0" cellspacing="0" style="margin:16px 0;font-size:15px;line-height:1.5">${rows.join('')}</table>` : ''}
${paragraphs.map((paragraph) => `<p style="margin:12px 0">${escapeHtml(paragraph)}</p>`).join('\n')}
<p style="margin:24px 0 0;padding-top:12px;border-top:1px solid #d8dee4;color:#57606a;font-size:13px">${escapeHtml(footer)}</p>
</td></tr></table>
</td></tr></table>
</body>
</html>
`
}

/** Escapes text, including quotes for attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
