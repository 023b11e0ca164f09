/** A file's two names: the one it is saved under, in any script, and the one in the bucket, in ASCII. */

/** Parameters that read well in a file name: a date, a number, a code. Longer texts and lists are left out. */
const SHORT = /^[\p{L}\p{N}][\p{L}\p{N}_.:+-]{0,23}$/u
/** File systems allow 255 bytes; this leaves room for a browser's ` (1)`. */
const MAX_NAME_BYTES = 200
/** A long title is shortened to make room for the rest, but never below this; then long parameters are shortened. */
const MIN_TITLE_BYTES = 60
/** Names that Windows refuses, with any extension: https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
const RESERVED = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?= *(?:\.|$))/i

/** Safe on Windows, macOS and Linux: `受注一覧 2026-01-01 2026-02-01.csv`. */
export function saveName(title: string, params: Record<string, unknown>, day: string, extension: string): string {
  const room = MAX_NAME_BYTES - extension.length - 1
  const rest = cleaned(distinguishing(params, day).join(' '))
  const titleRoom = Math.max(room - Buffer.byteLength(rest) - 1, MIN_TITLE_BYTES)
  const base = cut([cut(cleaned(title), titleRoom), rest].filter(Boolean).join(' '), room)
  return `${base.replace(/[. ]+$/, '').replace(RESERVED, '$&_')}.${extension}`
}

/** Removes what an operating system refuses or reserves, and invisible characters. */
function cleaned(text: string): string {
  return (
    text
      .normalize('NFC')
      .replace(/[<>:"/\\|?*\p{Cc}]/gu, '-')
      // Removes direction marks but keeps joiners: Persian spelling and emoji need them.
      .replace(/(?![\u200c\u200d])[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '')
      .replace(/\s+/g, ' ')
      .replace(/^[. ]+| +$/g, '')
  )
}

/** The last part of an object's key: `orders_2026-01-01_2026-02-01.csv`. */
export function keyName(name: string, params: Record<string, unknown>, day: string, extension: string): string {
  const parts = distinguishing(params, day).map((part) =>
    part.replace(/[^A-Za-z0-9.-]+/g, '-').replace(/^[.-]+|[.-]+$/g, ''),
  )
  return `${[name, ...parts.filter(Boolean)].join('_').slice(0, 120)}.${extension}`
}

function distinguishing(params: Record<string, unknown>, day: string): string[] {
  const values = Object.values(params)
    .filter((value) => typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
    .map(String)
    .filter((value) => SHORT.test(value))
    .slice(0, 4)
  return values.length > 0 ? values : [day]
}

/** Shortens a text to at most `bytes` of UTF-8, ending after a whole grapheme. */
function cut(text: string, bytes: number): string {
  let kept = ''
  let used = 0
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += Buffer.byteLength(segment)
    if (used > bytes) break
    kept += segment
  }
  return kept.trimEnd()
}

/**
 * Makes a browser save the file under its name, in any script (RFC 6266 with RFC 8187), with ASCII for clients that
 * support neither.
 */
export function contentDisposition(fileName: string): string {
  const ascii = fileName.replace(/[^\x20-\x7e]/g, '_').replace(/["\\%]/g, '_')
  const encoded = encodeURIComponent(fileName).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`
}
