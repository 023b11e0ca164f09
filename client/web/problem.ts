/** A refusal that a page can show: a name, a status, and a sentence in the user's language. */
import type { Language } from '../../statemachine/request.ts'
import type { DownloadProblem, ProblemName } from './contract.ts'
import { json } from './respond.ts'
import { type Sentence, TEXTS } from './texts.ts'

export class Problem extends Error {
  override readonly name: ProblemName
  readonly status: number
  readonly sentence: (language: Language) => string
  readonly headers: Record<string, string>

  constructor(
    status: number,
    name: ProblemName,
    sentence: Sentence | ((language: Language) => string),
    headers: Record<string, string> = {},
  ) {
    const say = typeof sentence === 'string' ? (language: Language) => TEXTS[language][sentence] : sentence
    super(say('en'))
    this.name = name
    this.status = status
    this.sentence = say
    this.headers = headers
  }

  toResponse(language: Language): Response {
    const body: DownloadProblem = { error: { name: this.name, message: this.sentence(language) } }
    return json(body, { status: this.status, headers: this.headers })
  }
}

/** The same for an unknown download and for another user's, so that they cannot be distinguished. */
export function notFound(): Problem {
  return new Problem(404, 'NotFound', 'notFound')
}

/** @param detail in English, because it names fields */
export function invalid(detail: string, status = 422): Problem {
  return new Problem(status, 'InvalidRequest', (language) => TEXTS[language].invalid.replace('{detail}', () => detail))
}
