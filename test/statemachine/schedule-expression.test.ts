import { problemOfExpression } from '../../statemachine/schedule-expression.ts'

test.each([
  ['minute', 0, 59, (value: number) => `cron(${value} 6 * * ? *)`],
  ['hour', 0, 23, (value: number) => `cron(0 ${value} * * ? *)`],
  ['day of the month', 1, 31, (value: number) => `cron(0 6 ${value} * ? *)`],
  ['month', 1, 12, (value: number) => `cron(0 6 1 ${value} ? *)`],
  ['day of the week', 1, 7, (value: number) => `cron(0 6 ? * ${value} *)`],
  ['year', 1970, 2199, (value: number) => `cron(0 6 * * ? ${value})`],
])('a %s is a number from %i to %i', (name, least, most, expression) => {
  for (const value of [least, most]) expect(problemOfExpression(expression(value))).toBeUndefined()
  for (const value of [least - 1, most + 1])
    expect(problemOfExpression(expression(value))).toBe(`has the ${name} ${value}, which cron does not have`)
})

test.each([
  ['JAN,MAR,MAY,JUL,AUG,OCT,DEC', 31],
  ['APR,JUN,SEP,NOV', 30],
  ['FEB', 29],
])('the months %s have %i days', (months, last) => {
  for (const month of months.split(',')) {
    expect(problemOfExpression(`cron(0 6 ${last} ${month} ? *)`)).toBeUndefined()
    if (last < 31) {
      const next = `${last + 1}`
      expect(problemOfExpression(`cron(0 6 ${next} ${month} ? *)`)).toBe(
        `never comes: no month of ${month} has a day ${next}`,
      )
    }
  }
})

test.each([
  ['rate(1 day)', undefined],
  ['rate(2 days)', undefined],
  ['rate(1 days)', "must be rate(1 day), in AWS's grammar"],
  ['rate(2 day)', "must be rate(2 days), in AWS's grammar"],
  ['rate(0 days)', 'must be such as cron(0 6 * * ? *), with six fields, or rate(1 day)'],
  ['cron(0 6 * * ?)', 'must be such as cron(0 6 * * ? *), with six fields, or rate(1 day)'],
  ['cron(0 6 ? * ? *)', 'must have ? either as the day of the month or as the day of the week'],
  ['cron(0 6 * * * *)', 'must have ? either as the day of the month or as the day of the week'],
  ['cron(0 6 1,? * ? *)', 'has the day of the month ?, which cron does not have'],
  ['cron(0 6 ? * MON-TUE-WED *)', 'has the day of the week MON-TUE-WED, which cron does not have'],
  ['cron(0 6 ? * 2-8 *)', 'has the day of the week 2-8, which cron does not have'],
  ['cron(0/0 6 * * ? *)', 'has the minute 0/0, which cron does not have'],
  ['cron(0/5/5 6 * * ? *)', 'has the minute 0/5/5, which cron does not have'],
  ['cron(1.5 6 * * ? *)', 'has the minute 1.5, which cron does not have'],
  ['cron(*/5 6 * * ? *)', undefined],
  ['cron(0 6 L,15W * ? *)', undefined],
  ['cron(0 6 31,1 FEB ? *)', undefined],
  ['cron(0 6 31,L FEB ? *)', undefined],
  ['cron(0 6 ? FEB-FEB MON *)', undefined],
  ['cron(0 22-2 * * ? *)', 'has the hour 22-2, which runs backwards: write two ranges, such as FRI-SAT,SUN-MON'],
])('%s: %j', (expression, problem) => {
  expect(problemOfExpression(expression)).toBe(problem)
})
