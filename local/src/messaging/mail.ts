/**
 * The e-mail that SNS makes of a notification, as RFC 5322 text.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html
 */
export interface Mail {
  to: string
  /** The topic's display name; SNS's own where the topic has none. */
  fromName: string
  subject: string
  /** With the footer. */
  text: string
  messageId: string
  date: Date
}

const SENDER = 'no-reply@sns.amazonaws.com'
/** RFC 2047: a line with an encoded word has at most 76 characters; the word's frame `=?UTF-8?B?…?=` takes 12. */
const ENCODED_LINE = 76
const FRAME = 12
/** RFC 5322: a line has at most 998 octets. */
const LINE_OCTETS = 998

/** Lines end in CRLF, as in any message; the text is left as it is (8bit) while its lines allow, so that links stay whole. */
export function compose(mail: Mail): string {
  const lines = mail.text.replace(/\r\n?/g, '\n').split('\n')
  const plain = lines.every((line) => Buffer.byteLength(line) <= LINE_OCTETS)
  const headers = [
    `Date: ${rfc5322Date(mail.date)}`,
    `From: ${displayName(mail.fromName)}<${SENDER}>`,
    `To: ${mail.to}`,
    `Message-ID: <${mail.messageId}@sns.amazonaws.com>`,
    `Subject: ${encodeHeader(mail.subject, 'Subject: '.length)}`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=UTF-8',
    `Content-Transfer-Encoding: ${plain ? '8bit' : 'quoted-printable'}`,
  ]
  return [...headers, '', ...(plain ? lines : lines.map(quotedPrintable))].join('\r\n')
}

/** What SNS puts under a notification. */
export function withFooter(text: string, unsubscribeUrl: string): string {
  return [
    text,
    '',
    '--',
    'If you wish to stop receiving notifications from this topic, please click or visit the link below to unsubscribe:',
    unsubscribeUrl,
    '',
    'Please do not reply directly to this email. If you have any questions or comments regarding this email, please contact us at https://aws.amazon.com/support',
    '',
  ].join('\n')
}

/** `Mon, 23 Nov 2026 21:25:03 +0000`: RFC 5322 has an offset where toUTCString writes the obsolete “GMT”. */
function rfc5322Date(date: Date): string {
  return date.toUTCString().replace('GMT', '+0000')
}

/** With the blank or the line break that the address follows. */
function displayName(name: string): string {
  return isAscii(name) ? `"${name.replace(/["\\]/g, '\\$&')}" ` : `${encodeHeader(name, 'From: '.length)}\r\n `
}

/** RFC 2047 where it is needed; an encoded word never ends within a character. */
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

function isAscii(value: string): boolean {
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
