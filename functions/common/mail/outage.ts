/** The operator's mails about an outage of the database: one when requests begin to wait, one when they go on. */
import type { Language } from '../../../statemachine/contract.ts'
import { plainLine } from '../../../statemachine/one-line.ts'
import type { OutageEvent } from '../../../statemachine/outage.ts'
import type { OperatorMail } from './operator.ts'
import { localTime } from './times.ts'

export function outageMail({ outage, endedAt }: OutageEvent, language: Language): OperatorMail {
  const at = (time: string) => localTime(new Date(time), language, null)
  const since = at(outage.since)
  const replay = `npx --no carryout replay --status failed --error DatabaseUnavailable --since ${outage.since}`
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
            '詳しくは docs/runbook.md の「DatabaseUnavailable」をご覧ください。',
          ]
        : [
            'The database does not answer, so no download is started. Requests are still accepted; they wait, and none is lost.',
            '',
            `Since: ${since}`,
            `The request that failed first: ${outage.id}`,
            `Cause: ${reason}`,
            '',
            'What to do: Start the database, or repair the way to it. Downloads go on by themselves once it answers, and another mail says so.',
            'More about it: docs/runbook.md, section “DatabaseUnavailable”.',
          ]
    return { subject: 'Downloads wait: the database does not answer', text: text.join('\n') }
  }
  const text =
    language === 'ja'
      ? [
          'データベースが再び応答したため、待機していたダウンロードを再開しました。',
          '',
          `停止していた時間: ${since} から ${at(endedAt)} まで`,
          '',
          'その間に失敗したリクエストは自動では再実行されません。アプリのディレクトリーで次のコマンドを実行すると再開できます。',
          `  ${replay}`,
        ]
      : [
          'The database answers again, so the downloads that waited go on.',
          '',
          `They were held from ${since} to ${at(endedAt)}.`,
          '',
          'Requests that had failed before are not replayed by themselves. To replay them, in the directory of the app:',
          `  ${replay}`,
        ]
  return { subject: 'Downloads go on: the database answers again', text: text.join('\n') }
}
