import type { Judgement } from './judgement.ts'

export const engineJudgements: Judgement[] = []
