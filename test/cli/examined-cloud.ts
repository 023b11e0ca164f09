/** The doctor’s findings in a cloud. For cloud.test.ts. */
import { carryout, cloud, json, sql } from './shop-cloud.ts'

describe('the doctor', () => {
  test('finds no problem in a working stack, and checks the database from the function that queries', async () => {
    const { code, stdout, stderr } = await carryout('doctor')
    expect(stderr).toBe('')
    expect(stdout).not.toMatch(/^(failed|unknown)/m)
    expect(stdout).toMatch(/^ok +Concurrency: .* 1,000 functions at once in this region; the stack reserves 12\.$/m)
    expect(stdout).toMatch(/^ok +Queue: It feeds start\.$/m)
    expect(stdout).toMatch(/^ok +Route to S3: Reached from subnet-\w+, subnet-\w+ in \d+ ms\.$/m)
    expect(stdout).toMatch(/^ok +Route to Step Functions: Reached/m)
    expect(stdout).toMatch(/^ok +Secret: Reached/m)
    expect(stdout).toMatch(/^ok +Database: .*, reached as \S+@\S+\.$/m)
    expect(stdout).toMatch(/^ok +Grants: \S+ sees \d+ tables in \w+, and can only read\.$/m)
    expect(stdout).toMatch(/^ok +Catalogue: \d+ exports, in \d+\.\d MB of code\.$/m)
    expect(stdout).toMatch(/^ok +Subscriptions: \d+ subscriptions?, all confirmed\.$/m)
    expect(stdout).toMatch(
      /^ok +Mail account: SES is out of its sandbox\.\nok +Mail sender: downloads@example\.com is verified\.\n$/m,
    )
    expect(code).toBe(0)
  })

  test('reports problems with grants, SES and a pause, with the commands that fix them', async () => {
    const { user, host } = await exporterAccount()
    await sql(`GRANT INSERT ON ${cloud.schema!.database}.orders TO '${user}'@'${host}'`)
    cloud.ses.account.sandbox = true
    expect((await carryout('pause', '--reason', 'the doctor comes', '--by', 'a test')).code).toBe(0)
    try {
      const examined = await carryout('doctor', '--json')
      const { findings } = json(examined) as {
        findings: { check: string; state: string; message: string; fix?: string }[]
      }
      const wrong = findings.filter(({ state }) => state !== 'ok')
      expect(wrong.map(({ check, state }) => [check, state])).toEqual([
        ['Queue', 'warning'],
        ['Grants', 'warning'],
        ['Mail account', 'failed'],
      ])
      expect(wrong[0]).toMatchObject({ message: expect.stringContaining('(the doctor comes)'), fix: 'carryout resume' })
      expect(wrong[1]!.message).toContain('can do more than read: INSERT.')
      expect(wrong[1]!.fix).toContain(`GRANT SELECT ON ${cloud.schema!.database}.* TO '${user}'@'${host}'`)
      expect(examined.code).toBe(1)
    } finally {
      await carryout('resume')
      cloud.ses.account.sandbox = false
      await sql(`REVOKE INSERT ON ${cloud.schema!.database}.orders FROM '${user}'@'${host}'`)
    }
  })

  test('finds an account that lost its privileges, and names the grant', async () => {
    const { user, host } = await exporterAccount()
    const all = `\`${cloud.schema!.database.replaceAll('_', '\\_')}\`.*`
    await sql(`REVOKE SELECT ON ${all} FROM '${user}'@'${host}'`)
    try {
      const { stdout, code } = await carryout('doctor')
      expect(stdout).toMatch(/^failed +(Database|Grants): /m)
      expect(stdout).toMatch(/^ok +Secret: /m)
      expect(code).toBe(1)
    } finally {
      await sql(`GRANT SELECT ON ${all} TO '${user}'@'${host}'`)
    }
  })
})

/** The account that functions log in with. */
async function exporterAccount() {
  const { username } = cloud.schema!.exporter
  const connection = await cloud.schema!.connect()
  const [rows] = await connection.query('SELECT Host AS host FROM mysql.user WHERE user = ?', [username])
  await connection.end()
  return { user: username, host: (rows as { host: string }[])[0]!.host }
}
