import type { Terminal } from '../../terminal/terminal.ts'
import { defineCommand } from '../command.ts'
import { connect, placeOf } from '../connect.ts'
import type { Finding } from '../doctor/finding.ts'
import { exit } from '../exit.ts'

const WIDTH = 'warning'.length

export const doctor = defineCommand({
  name: 'doctor',
  summary: 'check account, network, database and mail, and say what to change',
  notes: [
    'Before a deployment it checks what the deployment needs; afterwards it checks everything. The network check runs in the function that queries, so it takes the database’s slot for a moment.',
    'The exit code is 1 if a check failed.',
  ],
  options: {},
  examples: ['npx carryout doctor', 'npx carryout doctor --json'],
  async run({ values, terminal }) {
    const { examine } = await import('../doctor/doctor.ts')
    const findings: Finding[] = []
    for await (const finding of examine(await connect(values), placeOf(values).aws)) {
      findings.push(finding)
      if (!values.json) show(finding, terminal)
    }
    if (values.json) terminal.print(JSON.stringify({ findings }, null, 2))
    return findings.some(({ state }) => state === 'failed') ? exit.FAILED : exit.DONE
  },
})

const STYLES = { ok: 'green', warning: 'yellow', failed: 'red', unknown: 'yellow' } as const

function show({ check, state, message, fix }: Finding, terminal: Terminal) {
  terminal.print(`${terminal.paint(STYLES[state], state.padEnd(WIDTH))}  ${check}: ${message}`)
  if (fix !== undefined) terminal.print(`${''.padEnd(WIDTH)}  ${fix}`)
}
