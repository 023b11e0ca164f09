/** What a file is called: by whoever saves it, in any script, and in the bucket, in ASCII. */

/** Parameters that read well in a name: a date, a number, a code. Longer texts and lists stay out. */
const SHORT = /^[\p{L}\p{N}][\p{L}\p{N}_.:+-]{0,23}$/u
/** File systems take 255 bytes; some room is left for a browser's ` (1)`. */
const MAX_NAME_BYTES = 200
/** A long title is cut to what the rest leaves of them, but never below this: long parameters are cut then. */
const MIN_TITLE_BYTES = 60
/** Refused by Windows whatever follows after a dot: https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
const RESERVED = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?= *(?:\.|$))/i

/** Safe on Windows, macOS and Linux: `受注一覧 2026-01-01 2026-02-01.csv`. */
export function saveName(title: string, params: Record<string, unknown>, day: string, extension: string): string {
  const room = MAX_NAME_BYTES - extension.length - 1
  const rest = cleaned(distinguishing(params, day).join(' '))
  const titleRoom = Math.max(room - Buffer.byteLength(rest) - 1, MIN_TITLE_BYTES)
  const base = cut([cut(cleaned(title), titleRoom), rest].filter(Boolean).join(' '), room)
  return `${base.replace(/[. ]+$/, '').replace(RESERVED, '$&_')}.${extension}`
}

/** Without what a system refuses or reserves, and what nobody sees. */
function cleaned(text: string): string {
  return (
    text
      .normalize('NFC')
      .replace(/[<>:"/\\|?*\p{Cc}]/gu, '-')
      // Signs that turn the writing direction, but no joiners: Persian is spelt with them, and emoji are made with them.
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

/** At most so many bytes of UTF-8, ending with a whole character as people see it. */
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

/** Has a browser save the file under its name, in any script: RFC 6266 with RFC 8187, and ASCII for what knows neither. */
export function contentDisposition(fileName: string): string {
  const ascii = fileName.replace(/[^\x20-\x7e]/g, '_').replace(/["\\%]/g, '_')
  const encoded = encodeURIComponent(fileName).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`
}
