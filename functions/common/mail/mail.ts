/** What the announcements share: SNS's limits on a mail, and the language of the one who requested. */
import type { Failed, Finished, Language } from '../../../statemachine/contract.ts'

export interface Mail {
  Subject: string
  Message: string
}

/** SNS refuses a subject of 100 characters or more, and one that is not ASCII reaches some readers garbled. */
const SUBJECT_CHARACTERS = 99

export function subject(text: string): string {
  const ascii = text.replace(/[^\x20-\x7e]/g, '?')
  return ascii.length > SUBJECT_CHARACTERS ? `${ascii.slice(0, SUBJECT_CHARACTERS - 3)}...` : ascii
}

/** An e-mail address has no more. */
const SHOWN_CHARACTERS = 254

/**
 * Of a request that could not be read a field may be anything: neither a line break nor length nor half a character of
 * it may get into a mail, which SNS would refuse or somebody else's words would fill.
 */
export function shown(value: unknown, characters = SHOWN_CHARACTERS): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined
  const line = value.replace(/\p{Cc}+/gu, ' ').toWellFormed()
  return line.length > characters ? `${line.slice(0, characters).toWellFormed()}…` : line
}

export function languageOf({ request, plan }: Partial<Finished> | Failed): Language {
  return plan?.language ?? (request?.language === 'ja' ? 'ja' : 'en')
}

/** `2026-11-30 21:00 UTC` */
export function utc(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
