import { type Advice, adviceFor } from '../../../statemachine/advice.ts'
import { readCause } from '../../../statemachine/cause.ts'
import type { Failed, Language } from '../../../statemachine/contract.ts'
import { languageOf, type Mail, shown, subject } from './mail.ts'

const texts: Record<Language, (document: Failed, execution: string, what: Advice) => string[]> = {
  en: ({ request, plan, failure }, execution, what) => [
    `The download “${plan?.title ?? shown(request?.export) ?? 'unknown'}” failed.`,
    '',
    `Step: ${failure.step}`,
    `Error: ${failure.error}`,
    `Reason: ${readCause(failure.cause)}`,
    '',
    `What to do: ${what.en}`,
    '',
    ...facts(execution, request, 'Requested by', 'Request', 'Replay'),
  ],
  ja: ({ request, plan, failure }, execution, what) => [
    `「${plan?.title ?? shown(request?.export) ?? '不明'}」のダウンロードに失敗しました。`,
    '',
    `ステップ: ${failure.step}`,
    `エラー: ${failure.error}`,
    `理由: ${readCause(failure.cause)}`,
    '',
    `対処: ${what.ja}`,
    '',
    ...facts(execution, request, '依頼者', 'リクエスト', 'リプレイ'),
  ],
}

function facts(execution: string, request: Failed['request'] | undefined, by: string, id: string, replay: string) {
  const name = execution.split(':').at(-1)
  return [
    `${by}: ${shown(request?.requestedBy) ?? '-'}`,
    `${id}: ${name}`,
    `${replay}: npx carryout replay ${name}`,
    `  (aws stepfunctions redrive-execution --execution-arn ${execution})`,
  ]
}

/** The mail that a failure is announced with, to the requester and the operator. `execution` is its ARN. */
export function failedMail(document: Failed, execution: string): Mail {
  const { failure, request } = document
  const what = adviceFor(failure.error)
  return {
    Subject: subject(`Your download failed: ${shown(request?.export, 40) ?? 'unknown'} (${failure.error})`),
    Message: texts[languageOf(document)](document, execution, what).join('\n'),
  }
}
