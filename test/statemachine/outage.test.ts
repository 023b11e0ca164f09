import { isOutageMessage } from '../../statemachine/outage.ts'

test.each([
  ['{"outage":"2026-11-30T06:00:00.000Z"}', true],
  ['{"outage":7}', false],
  ['{"outage":"2026-11-30T06:00:00.000Z","id":"orders-1"}', false],
  ['{"id":"orders-1"}', false],
  ['{}', false],
  ['null', false],
  ['not JSON', false],
])('whether the message %s belongs to an outage: %j', (body, isOfOutage) => {
  expect(isOutageMessage(body)).toBe(isOfOutage)
})
