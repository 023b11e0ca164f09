import type { Judgement } from './judgement.ts'

export const cdkJudgements: Judgement[] = []
