/** All judgements, by the folder of their modules. */
import { cdkJudgements } from './cdk.ts'
import { clientJudgements } from './client.ts'
import { engineJudgements } from './engine.ts'
import { engineFileJudgements } from './engine-files.ts'
import { functionsJudgements } from './functions.ts'
import type { Judgement } from './judgement.ts'
import { statemachineJudgements } from './statemachine.ts'

export const judgements: Judgement[] = [
  ...engineJudgements,
  ...engineFileJudgements,
  ...functionsJudgements,
  ...statemachineJudgements,
  ...cdkJudgements,
  ...clientJudgements,
]
