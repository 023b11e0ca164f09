/** The operator's mails about an outage of the database: one when it begins, one when the database responds again. */
import type { Language } from '../../../statemachine/contract.ts'
import { plainLine } from '../../../statemachine/one-line.ts'
import type { OutageEvent } from '../../../statemachine/outage.ts'
import { carryoutCommand, type OperatorMail } from './operator.ts'
import { localTime } from './times.ts'

/** @param place the stack's region, and the options with which the command finds it */
export function outageMail(
  { outage, endedAt }: OutageEvent,
  language: Language,
  place: Parameters<typeof carryoutCommand>[1],
): OperatorMail {
  const at = (time: string) => localTime(new Date(time), language, null)
  const since = at(outage.since)
  const replay = carryoutCommand(`replay --status failed --error DatabaseUnavailable --since ${outage.since}`, place)
  const reason = `“${plainLine(outage.reason, 500)}”`
  if (endedAt === null) {
    const text =
      language === 'ja'
        ? [
            'データベースが応答しないため、新しいダウンロードを開始していません。リクエストは引き続き受け付け、失われることなく待機します。',
            '',
            `発生: ${since}`,
            `最初に失敗したリクエスト: ${outage.id}`,
            `原因: ${reason}`,
            '',
            '対処: データベースを起動するか、接続を直してください。応答すると自動的に再開し、もう一度お知らせします。',
            '詳しくは docs/runbook.ja.md の「DatabaseUnavailable」をご覧ください。',
          ]
        : [
            'The database is not responding, so no new downloads start. Requests are still accepted; they wait, and none is lost.',
            '',
            `Since: ${since}`,
            `First request that failed: ${outage.id}`,
            `Cause: ${reason}`,
            '',
            'What to do: Start the database, or fix the connection to it. Downloads resume automatically once it responds, and another mail will tell you.',
            'For details, see docs/runbook.md, section “DatabaseUnavailable”.',
          ]
    return { subject: 'Downloads are on hold: the database is not responding', text: text.join('\n') }
  }
  const text =
    language === 'ja'
      ? [
          'データベースの応答が戻り、ダウンロードを再開しました。',
          '',
          `停止していた時間: ${since} から ${at(endedAt)} まで`,
          '',
          'その間に失敗したリクエストは自動ではリプレイされません。リプレイするには、アプリのディレクトリで次のコマンドを実行してください。',
          `  ${replay}`,
        ]
      : [
          'The database is responding again, and downloads have resumed.',
          '',
          `They were held from ${since} to ${at(endedAt)}.`,
          '',
          'Requests that failed in the meantime are not replayed automatically. To replay them, run this in the app’s directory:',
          `  ${replay}`,
        ]
  return { subject: 'Downloads have resumed: the database is responding again', text: text.join('\n') }
}
