/** The sentences for users. */
import { failureSentence, languageOf, TEXTS } from '../../../client/web/texts.ts'

test.each<[string | null, string]>([
  [null, 'en'],
  ['', 'en'],
  ['*', 'en'],
  ['ja', 'ja'],
  ['en-GB,ja;q=0.5', 'en'],
  ['ja-JP,en;q=0.5', 'ja'],
  ['JA', 'ja'],
  ['fr-FR,fr;q=0.9,ja;q=0.8,en;q=0.7', 'ja'],
  ['fr,de', 'en'],
])('the language of “%s” is %s', (accepted, language) => {
  expect(languageOf(accepted)).toBe(language)
})

test.each([
  ['InvalidRequest', 'resend', false],
  ['TooManyRows', 'narrow', false],
  ['States.DataLimitExceeded', 'narrow', false],
  ['UnmappableCharacter', 'encoding', false],
  ['QueryFailed', 'failed', true],
  ['toString', 'failed', true],
] as const)('the failure %s has the sentence “%s”, and trying again makes sense: %s', (error, sentence, retryable) => {
  for (const language of ['en', 'ja'] as const)
    expect(failureSentence(error, language)).toEqual({ message: TEXTS[language][sentence], retryable })
})
