/** Writes and reads S3's XML as plain data. */
import { XMLParser } from 'fast-xml-parser'
import { escapeXml } from '../xml.ts'
import { malformedXml } from './errors.ts'

export type XmlValue = string | number | boolean | null | undefined | XmlValue[] | { [element: string]: XmlValue }

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/'

/** Writes a document with one root. An array repeats its element; null and undefined omit it. */
export function xml(root: string, content: { [element: string]: XmlValue } | string): Buffer {
  const namespace = root === 'Error' ? '' : ` xmlns="${NAMESPACE}"`
  return Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${namespace}>${typeof content === 'string' ? escapeXml(content) : children(content)}</${root}>`,
  )
}

function children(content: { [element: string]: XmlValue }): string {
  let text = ''
  for (const [name, value] of Object.entries(content)) text += element(name, value)
  return text
}

function element(name: string, value: XmlValue): string {
  if (value === null || value === undefined) return ''
  if (Array.isArray(value)) return value.map((one) => element(name, one)).join('')
  return `<${name}>${typeof value === 'object' ? children(value) : escapeXml(String(value))}</${name}>`
}

export type Parsed = { [element: string]: Parsed | Parsed[] | string | undefined }

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: false,
  ignoreDeclaration: true,
  htmlEntities: true,
  // Every ETag has two &quot;, and a completed upload has up to 10,000 ETags. No DOCTYPE is accepted, so an entity
  // cannot expand further.
  processEntities: { enabled: true, maxTotalExpansions: 1_000_000, maxExpandedLength: 64 * 1024 * 1024 },
})

/**
 * Returns the content of the document's root.
 *
 * @throws S3Error MalformedXML if it is not XML or its root has another name
 */
export function parseXml(document: string, root: string): Parsed {
  let parsed: Parsed
  try {
    if (document.includes('<!DOCTYPE')) throw malformedXml()
    parsed = parser.parse(document, true) as Parsed
  } catch {
    throw malformedXml()
  }
  const content = parsed[root]
  if (content === undefined || Array.isArray(content)) throw malformedXml()
  return typeof content === 'string' ? {} : content
}

/** Returns an element that may occur any number of times. */
export function elements(parent: Parsed, name: string): Parsed[] {
  const value = parent[name]
  const list = value === undefined ? [] : Array.isArray(value) ? value : [value]
  return list.map((one) => (typeof one === 'string' ? {} : one))
}

/** Returns the text of an element that occurs at most once. */
export function textOf(parent: Parsed, name: string): string | undefined {
  const value = parent[name]
  if (value !== undefined && typeof value !== 'string') throw malformedXml()
  return value
}
