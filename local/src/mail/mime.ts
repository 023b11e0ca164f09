/** An e-mail as RFC 5322 text. */

export interface Message {
  /** Ready for a header: `a@example.com`, `"Shop" <a@example.com>`. */
  from: string
  to: readonly string[]
  cc?: readonly string[]
  replyTo?: readonly string[]
  subject: string
  /** At least one of the two is required. */
  text?: string | undefined
  html?: string | undefined
  /** Includes its domain, without angle brackets. */
  messageId: string
  date: Date
  /** Further headers. */
  headers?: readonly { name: string; value: string }[]
}

/** RFC 2047: a line with an encoded word has at most 76 characters; the word's frame `=?UTF-8?B?…?=` takes 12. */
const ENCODED_LINE = 76
const FRAME = 12
/** RFC 5322: a line has at most 998 octets. */
const LINE_OCTETS = 998

/**
 * Composes a message with CRLF line ends. Text is sent unchanged (8bit) if its lines are short enough, so that links
 * are not broken.
 */
export function compose(message: Message): string {
  const { from, to, cc = [], replyTo = [], subject, messageId, date, headers = [], text, html } = message
  const list = (name: string, addresses: readonly string[]) =>
    addresses.length === 0 ? [] : [`${name}: ${addresses.join(',\r\n ')}`]
  return [
    `Date: ${rfc5322Date(date)}`,
    `From: ${from}`,
    ...list('To', to),
    ...list('Cc', cc),
    ...list('Reply-To', replyTo),
    `Message-ID: <${messageId}>`,
    `Subject: ${encodeHeader(subject, 'Subject: '.length)}`,
    'MIME-Version: 1.0',
    ...headers.map(({ name, value }) => `${name}: ${encodeHeader(value, name.length + 2)}`),
    body(text, html, messageId),
  ].join('\r\n')
}

/** The headers of the content and the content. Clients show the last alternative that they can. */
function body(text: string | undefined, html: string | undefined, messageId: string): string {
  if (html === undefined) return part('text/plain', text ?? '')
  if (text === undefined) return part('text/html', html)
  const boundary = `=_${messageId.replace(/[^A-Za-z0-9]/g, '').slice(0, 60)}`
  return [
    `Content-Type: multipart/alternative; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    part('text/plain', text),
    `--${boundary}`,
    part('text/html', html),
    `--${boundary}--`,
    '',
  ].join('\r\n')
}

function part(type: string, content: string): string {
  const lines = content.replace(/\r\n?/g, '\n').split('\n')
  const plain = lines.every((line) => Buffer.byteLength(line) <= LINE_OCTETS)
  return [
    `Content-Type: ${type}; charset=UTF-8`,
    `Content-Transfer-Encoding: ${plain ? '8bit' : 'quoted-printable'}`,
    '',
    ...(plain ? lines : lines.map(quotedPrintable)),
  ].join('\r\n')
}

/** `"Shop" <a@example.com>`, with the line break that an encoded name asks for. */
export function mailbox(name: string, address: string): string {
  return isAscii(name)
    ? `"${name.replace(/["\\]/g, '\\$&')}" <${address}>`
    : `${encodeHeader(name, 'From: '.length)}\r\n <${address}>`
}

/** `Mon, 23 Nov 2026 21:25:03 +0000`: RFC 5322 has an offset where toUTCString writes the obsolete “GMT”. */
function rfc5322Date(date: Date): string {
  return date.toUTCString().replace('GMT', '+0000')
}

/** Encodes a header by RFC 2047 if necessary; an encoded word never ends within a character. */
function encodeHeader(value: string, taken: number): string {
  if (isAscii(value)) return value
  const words = ['']
  for (const character of value) {
    const before = words.length === 1 ? taken : 1
    const room = Math.floor((ENCODED_LINE - before - FRAME) / 4) * 3
    if (Buffer.byteLength(words.at(-1) + character) > room) words.push('')
    words[words.length - 1] += character
  }
  return words.map((word) => `=?UTF-8?B?${Buffer.from(word).toString('base64')}?=`).join('\r\n ')
}

export function isAscii(value: string): boolean {
  return /^[ -~]*$/.test(value)
}

/** RFC 2045, 6.7: at most 76 characters a line, soft breaks (`=` at the end) in between. */
function quotedPrintable(line: string): string {
  const tokens = [...Buffer.from(line)].map((byte, index, bytes) => {
    const blankAtEnd = (byte === 0x20 || byte === 0x09) && index === bytes.length - 1
    const literal = (byte >= 0x20 && byte <= 0x7e && byte !== 0x3d) || byte === 0x09
    return literal && !blankAtEnd ? String.fromCharCode(byte) : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`
  })
  const lines = ['']
  for (const token of tokens) {
    if ((lines.at(-1) as string).length + token.length > 75) lines.push('')
    lines[lines.length - 1] += token
  }
  return lines.join('=\r\n')
}
