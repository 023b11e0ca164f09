/** The console's texts in both languages. */
import { en, type Texts } from './texts-en.ts'
import { ja } from './texts-ja.ts'

export const LANGUAGES = ['en', 'ja'] as const
export type Language = (typeof LANGUAGES)[number]

export type { Texts }

export const texts: Record<Language, Texts> = { en, ja }
