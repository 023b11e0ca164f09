import type { Judgement } from './judgement.ts'

export const functionsJudgements: Judgement[] = []
