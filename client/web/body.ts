/** The JSON of a request, of which no more is read than a request can have. */
import { PAYLOAD_BYTES } from '../../statemachine/limits.ts'
import { invalid, Problem } from './problem.ts'

/** More than any export’s parameters have. */
const MOST_LEVELS = 50

/** @throws Problem 400 where it is not a JSON object, 413 where it is too large */
export async function readBody(request: Request): Promise<Record<string, unknown>> {
  const text = await readText(request)
  if (text.trim() === '') return {}
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Problem(400, 'InvalidRequest', 'notJson')
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw invalid('The request must be a JSON object.', 400)
  if (isDeeper(value, MOST_LEVELS)) throw invalid(`The request is nested more than ${MOST_LEVELS} levels deep`)
  return value as Record<string, unknown>
}

/** Whatever walks through it later must not run out of stack. */
function isDeeper(value: unknown, levels: number): boolean {
  if (value === null || typeof value !== 'object') return false
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1))
}

async function readText({ headers, body }: Request): Promise<string> {
  if (Number(headers.get('content-length') ?? 0) > PAYLOAD_BYTES) throw tooLarge()
  if (!body) return ''
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const piece of body as unknown as AsyncIterable<Uint8Array>) {
    bytes += piece.length
    if (bytes > PAYLOAD_BYTES) throw tooLarge()
    text += decoder.decode(piece, { stream: true })
  }
  return text + decoder.decode()
}

function tooLarge() {
  return new Problem(413, 'InvalidRequest', 'tooLarge')
}
