import type { Judgement } from './judgement.ts'

export const clientJudgements: Judgement[] = []
