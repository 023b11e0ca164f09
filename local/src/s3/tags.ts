/** An object's tags: up to ten pairs, in a header as a query string or in XML. */
import { invalidArgument, S3Error } from './errors.ts'
import { elements, type Parsed, parseXml, textOf } from './xml.ts'

export type Tags = [key: string, value: string][]

/** Parses `x-amz-tagging`. */
export function tagsOfHeader(header: string | undefined): Tags {
  if (!header) return []
  const tags: Tags = [...new URLSearchParams(header)]
  if (new Set(tags.map(([key]) => key)).size !== tags.length) {
    throw invalidArgument(
      'x-amz-tagging',
      header,
      'The header ‘x-amz-tagging’ shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.',
    )
  }
  return checked(tags)
}

/** Parses a `Tagging` document. */
export function tagsOfXml(document: string): Tags {
  const sets = elements(parseXml(document, 'Tagging'), 'TagSet')
  const tags = sets
    .flatMap((set) => elements(set, 'Tag'))
    .map((tag): Tags[number] => [part(tag, 'Key'), part(tag, 'Value')])
  if (new Set(tags.map(([key]) => key)).size !== tags.length) {
    throw invalidTag('Cannot provide multiple Tags with the same key')
  }
  return checked(tags)
}

const part = (tag: Parsed, name: string) => textOf(tag, name) ?? ''

function checked(tags: Tags): Tags {
  if (tags.length > 10) throw new S3Error('BadRequest', 400, 'Object tags cannot be greater than 10')
  for (const [key, value] of tags) {
    if (key.length < 1 || key.length > 128) throw invalidTag('The TagKey you have provided is invalid')
    if (value.length > 256) throw invalidTag('The TagValue you have provided is invalid')
  }
  return tags
}

const invalidTag = (message: string) => new S3Error('InvalidTag', 400, message)
