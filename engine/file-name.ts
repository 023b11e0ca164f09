/** What a file is called: by whoever saves it, in any script, and in the bucket, in ASCII. */

/** Parameters that read well in a name: a date, a number, a code. Longer texts and lists stay out. */
const SHORT = /^[\p{L}\p{N}][\p{L}\p{N}_.:+-]{0,23}$/u
/** File systems take 255 bytes; some room is left for a browser's ` (1)`. */
const MAX_NAME_BYTES = 200
/** Refused by Windows whatever their extension: https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
const RESERVED = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])$/i

/** Safe on Windows, macOS and Linux: `受注一覧 2026-01-01 2026-02-01.csv`. */
export function saveName(title: string, params: Record<string, unknown>, day: string, extension: string): string {
  const base = [title, ...distinguishing(params, day)]
    .join(' ')
    .normalize('NFC')
    // Separators and signs that a system reserves, control characters, and those that turn the writing direction.
    .replace(/[<>:"/\\|?*\p{Cc}]/gu, '-')
    .replace(/[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+|[. ]+$/g, '')
  const short = cut(base, MAX_NAME_BYTES - extension.length - 1).replace(/[. ]+$/, '') || 'download'
  return `${RESERVED.test(short) ? `${short}_` : short}.${extension}`
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
  return kept
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
