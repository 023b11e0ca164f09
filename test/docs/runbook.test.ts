/** The runbook has a section for each alarm and each error, in both languages, whose commands do what is advised. */
import { readFileSync } from 'node:fs'
import { ADVISED, adviceFor } from '../../statemachine/advice.ts'
import { withEverything } from '../cdk/support.ts'

const english = readFileSync('docs/runbook.md', 'utf8')
const japanese = readFileSync('docs/runbook.ja.md', 'utf8')
/** Only a stack whose catalogue has a schedule has this one; test/pipeline/own-app.test.ts finds it there. */
const OF_SCHEDULES = 'ScheduleUndelivered'
const alarms = Object.values(withEverything().findResources('AWS::CloudWatch::Alarm')).map(
  ({ Properties }) => /section “(\w+)”\)$/.exec(Properties.AlarmDescription)![1]!,
)
const OTHER = { [english]: 'Any other error', [japanese]: 'そのほかのエラー' }

test.each([
  ['English', english],
  ['Japanese', japanese],
])('the %s runbook has a section for each alarm and each error, and for nothing else', (_, text) => {
  const [, ofAlarms = '', ofErrors = ''] = text.split(/^## /m)
  expect(namesIn(ofAlarms)).toEqual([...alarms, OF_SCHEDULES].sort())
  expect(namesIn(ofErrors)).toEqual([...ADVISED, OTHER[text]].sort())
})

test('both have the same commands in the same sections', () => {
  const commandsOf = (text: string) => sectionsOf(text).map(({ commands }) => commands)
  expect(commandsOf(japanese)).toEqual(commandsOf(english))
  expect(commandsOf(english).filter((commands) => commands.length === 0)).toEqual([])
})

test('an error’s commands match its advice: replay it, or send the request again', () => {
  const sections = sectionsOf(english)
  for (const error of ADVISED) {
    const { commands } = sections.find(({ names }) => names.includes(error))!
    const wanted = adviceFor(error).remedy === 'replay' ? /carryout replay / : /request --from|dead-letters --send/
    expect([error, commands.join('\n')]).toEqual([error, expect.stringMatching(wanted)])
  }
})

function sectionsOf(text: string) {
  return text
    .split(/^### /m)
    .slice(1)
    .map((section) => ({
      names: section.split('\n')[0]!.split(', '),
      commands: [...section.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block]) => block!.trim().split('\n')),
    }))
}

function namesIn(part: string): string[] {
  return sectionsOf(`\n${part}`)
    .flatMap(({ names }) => names)
    .sort()
}
