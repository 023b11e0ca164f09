/** Reads a request's JSON body, up to the size of the largest valid request. */
import { PAYLOAD_BYTES } from '../../statemachine/limits.ts'
import { invalid, Problem } from './problem.ts'

/** No export's parameters are nested this deep. */
const MOST_LEVELS = 50

/** @throws Problem 400 if it is not a JSON object, 413 if it is too large */
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

/** Checks the depth, so that recursive code cannot run out of stack later. */
function isDeeper(value: unknown, levels: number): boolean {
  if (value === null || typeof value !== 'object') return false
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1))
}

async function readText({ headers, body }: Request): Promise<string> {
  if (Number(headers.get('content-length')) > PAYLOAD_BYTES) throw tooLarge()
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
