/** Runs `mail-requester` in a separate process, which a test may kill. The notice is JSON in the arguments. */
import type { Context, SQSEvent } from 'aws-lambda'
import { handler } from '../../functions/mail-requester.ts'

const Records = [{ messageId: 'm', receiptHandle: 'r', body: process.argv[2], attributes: {} }]
const context = { functionName: 'mail-requester', getRemainingTimeInMillis: () => 60_000 }
await handler({ Records } as unknown as SQSEvent, context as Context)
