/** The link in a requester’s mail. For notice.test.ts. */
import { readFileSync } from 'node:fs'
import { DeleteObjectCommand } from '@aws-sdk/client-s3'
import { accessibilityProblems, openBrowser } from '../../support/browser.ts'
import { givenRequest, linkIn, mailAbout, openMail, order, outcomeOf } from '../../support/pipeline.ts'
import { carryout, cloud } from './shared-cloud.ts'

describe('a link', () => {
  async function givenLink(requestedBy: string) {
    const body = givenRequest({ requestedBy })
    await order(cloud, body)
    const mail = await mailAbout(cloud, String(body.id), requestedBy)
    return { id: String(body.id), mail, link: linkIn(mail) }
  }

  test('shows a page with a button to GET and HEAD, which do not open the file', async () => {
    const { link } = await givenLink('scanned@example.org')
    const page = await fetch(link, { headers: { 'accept-language': 'ja,en;q=0.5' } })
    expect(page.status).toBe(200)
    expect(page.headers.get('x-robots-tag')).toBe('noindex')
    expect(page.headers.get('content-security-policy')).toContain(
      `form-action 'self' ${new URL(cloud.endpointUrl).origin}`,
    )
    const html = await page.text()
    expect(html).toContain('<form method="post"><button>ダウンロード</button></form>')
    expect(html).toContain('<html lang="ja">')
    const head = await fetch(link, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
  })

  test('answers the button with a redirect to the file', async () => {
    const { link } = await givenLink('button@example.org')
    const answer = await fetch(link, { method: 'POST', redirect: 'manual' })
    expect(answer.status).toBe(303)
    const file = await fetch(answer.headers.get('location')!)
    expect(await file.text()).toMatch(/^Order no\.,/)
    expect((await fetch(link, { method: 'PUT' })).status).toBe(405)
  })

  test('downloads the file in a browser once its button is pressed, and its page is for everybody', async () => {
    const { mail, link } = await givenLink('browser@example.org')
    expect(mail.text).toContain(link)
    const browser = await openBrowser()
    try {
      const page = await browser.newPage({ locale: 'ja-JP' })
      const refused: string[] = []
      page.on('console', (message) => message.type() === 'error' && refused.push(message.text()))
      await page.goto(link)
      expect(await accessibilityProblems(page)).toEqual([])
      const [download] = await Promise.all([page.waitForEvent('download'), page.click('button')])
      const file = readFileSync(await download.path(), 'utf8')
      expect(file).toMatch(/^Order no\.,/)
      expect(download.suggestedFilename()).toMatch(/\.csv$/)
      // The page's policy names where the answer to the form leads.
      expect(refused).toEqual([])
    } finally {
      await browser.close()
    }
  })

  test('is revoked alone, or with all links sent to its requester so far', async () => {
    const first = await givenLink('revoked@example.org')
    const second = await givenLink('revoked@example.org')
    const other = await givenLink('kept@example.org')
    await carryout.revokeLinks({ id: first.id })
    expect((await openMail(first.mail)).status).toBe(410)
    expect((await openMail(second.mail)).status).toBe(200)
    await carryout.revokeLinks({ requestedBy: 'Revoked@example.org' })
    const answer = await openMail(second.mail)
    expect([answer.status, await answer.text()]).toEqual([410, expect.stringContaining('This link no longer works.')])
    expect((await openMail(other.mail)).status).toBe(200)
  })

  test('to a file that is gone says so, and no mail is sent about such a file', async () => {
    const { id, mail } = await givenLink('gone@example.org')
    const { file } = JSON.parse((await outcomeOf(cloud, id)).output!)
    await cloud.clients.s3.send(new DeleteObjectCommand({ Bucket: file.bucket, Key: file.key }))
    const answer = await openMail(mail)
    expect([answer.status, await answer.text()]).toEqual([410, expect.stringContaining('has been deleted')])
  })
})
