import type { Judgement } from './judgement.ts'

export const statemachineJudgements: Judgement[] = []
