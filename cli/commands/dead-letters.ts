import { userInfo } from 'node:os'
import { table, time } from '../../terminal/format.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { defineCommand } from '../command.ts'
import { connectOperator } from '../connect.ts'
import { exit } from '../exit.ts'

const SHOWN_CHARACTERS = 80

export const deadLetters = defineCommand({
  name: 'dead-letters',
  summary: 'list messages that never became an execution; send them again or delete them',
  notes: ['The first ten of each group are shown. Looking at them removes nothing.'],
  options: {
    send: { type: 'string', value: '<message-id>', help: 'put this one on the queue again' },
    body: { type: 'string', value: '<json>', help: 'with --send: send this instead' },
    drop: { type: 'string', value: '<message-id>', help: 'delete this one; say why with --reason' },
    reason: { type: 'string', value: '<text>', help: 'the reason; it is recorded' },
  },
  examples: [
    'npx carryout dead-letters',
    'npx carryout dead-letters --send 1f0c…',
    'npx carryout dead-letters --drop 1f0c… --reason "a test of the web app"',
  ],
  async run({ values, terminal }) {
    const { send, drop, body, reason, json } = values
    if (send !== undefined && drop !== undefined) throw new UsageError('Use either --send or --drop, not both.')
    if (body !== undefined && send === undefined) throw new UsageError('--body needs --send <message-id>.')
    if (drop !== undefined && !reason?.trim())
      throw new UsageError('--drop needs --reason, because a deleted message cannot be looked up.')
    if (reason !== undefined && (send ?? drop) === undefined) {
      throw new UsageError('--reason needs --send or --drop <message-id>.')
    }
    const carryout = await connectOperator(values)
    const id = send ?? drop
    if (id !== undefined) {
      const who = { by: userInfo().username, reason: reason ?? '' }
      const isDone =
        send === undefined ? await carryout.dropDeadLetter(id, who) : await carryout.sendDeadLetter(id, body, who)
      if (json) terminal.print(JSON.stringify({ messageId: id, done: isDone }))
      else if (isDone) terminal.print(send === undefined ? `Dropped ${id}` : `Sent ${id} again`)
      if (!isDone) terminal.note(`The message ${id} is not among the first dead letters. List them again.`)
      return isDone ? exit.DONE : exit.NOT_FOUND
    }
    const letters = await carryout.deadLetters()
    if (json) {
      terminal.print(JSON.stringify({ deadLetters: letters }, null, 2))
      return exit.DONE
    }
    if (letters.length === 0) {
      terminal.print('There are no dead letters.')
      return exit.DONE
    }
    const rows = letters.map(({ messageId, group, received, sentAt, body: text }) => [
      messageId,
      group,
      String(received),
      time(sentAt),
      [...JSON.stringify(text)].slice(1, SHOWN_CHARACTERS).join(''),
    ])
    for (const line of table([['message', 'group', 'received', 'sent (UTC)', 'body'], ...rows])) terminal.print(line)
    return exit.DONE
  },
})
