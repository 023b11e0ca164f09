/** Translates the English sentences of the client library and the functions to Japanese. */

/** Patterns of English sentences, each with a function that writes it in Japanese with the same names. */
const SENTENCES: [RegExp, (...named: string[]) => string][] = [
  [/^Step Functions no longer has it\.$/, () => 'Step Functions にもう残っていません。'],
  [/^It was replayed in the meantime\.$/, () => 'その間にリプレイされていました。'],
  [/^The execution does not exist\.$/, () => 'この実行はありません。'],
  [/^AWS does not redrive it: (.*)$/s, (refusal) => `AWS が再開を受け付けませんでした: ${refusal}`],
  [/dead-letter queue/, () => '実行が始まらず、デッドレターキューにあります。キューのページから送り直してください。'],
  [/^The execution “(.*)” is still running, /s, (id) => `実行「${id}」はまだ実行中なので、リプレイできません。`],
  [
    /^The execution “(.*)” has just been replayed by somebody else\./s,
    (id) => `実行「${id}」は、ほかの人がリプレイしたばかりです。もう一度確認してください。`,
  ],
  [
    /^The message of “(.*)” was not a request, so /s,
    (id) => `「${id}」のメッセージはリクエストではないため、送り直せません。代わりのリクエストを送ってください。`,
  ],
  [
    /^The message of “(.*)” was not a request\. Set /s,
    (id) => `「${id}」のメッセージはリクエストではありません。エクスポートと依頼者を指定してください。`,
  ],
  [/^The execution “(.*)” has no file: /s, (id) => `実行「${id}」にはファイルがありません。`],
  [
    /^The name of a bulk replay must be /,
    () => '一括リプレイの名前は、英数字、ハイフン、下線で 1～60 文字にしてください。',
  ],
  [
    /^A bulk replay “(.*)” already exists, made by (.*) at (\S+)\. /s,
    (name, by) => `「${name}」という一括リプレイはすでにあります（操作者: ${by}）。別の名前を付けてください。`,
  ],
  [
    /^([^:]{1,100}): ((?:Unexpected|Expected|Unterminated|Bad|Invalid) .*)$/s,
    (name, detail) => `「${name}」は正しい JSON ではありません: ${detail}`,
  ],
  [/^No failed execution matches/, () => '該当する失敗した実行がないため、リプレイするものはありません。'],
  [
    /^A bulk replay can have at most (\d+) /,
    (most) => `一括リプレイは ${Number(most).toLocaleString('ja-JP')} 件までです。期間などで絞り込んでください。`,
  ],
]

/** @returns the sentence in Japanese; unchanged if it is not one of ours */
export function sentenceInJapanese(sentence: string): string {
  for (const [pattern, write] of SENTENCES) {
    const found = pattern.exec(sentence)
    if (found) return write(...found.slice(1))
  }
  return sentence
}
