/** The whole of an operator's day: look, replay, edit, correct, pause, cancel and stop. Each language has a suite of its own. */
import type { NewRequest } from '../../client/request.ts'
import { type Language, texts } from '../../console/view/texts.ts'
import { adviceFor } from '../../statemachine/advice.ts'
import { bury, givenRequest, order, outcomeOf, send } from '../support/pipeline.ts'
import { at, cloud, context, failWithoutTable, follow, main, newPage, operator, page, sql, status } from './desk.ts'

/** Describes the day of an operator with a cloud, a browser and no failures yet. */
export function describeOperator(language: Language, { javaScriptEnabled }: { javaScriptEnabled: boolean }) {
  describe(`an operator who reads ${language} (JavaScript: ${javaScriptEnabled})`, () => {
    const t = texts[language]
    const prefix = `${language}-${javaScriptEnabled ? 'script' : 'plain'}`
    const ids = [1, 2, 3].map((number) => `${prefix}-${number}`)
    const [first, second, third] = ids as [string, string, string]
    const press = (name: string) => follow(page.getByRole('button', { name, exact: true }))
    const open = (name: string) => follow(page.getByRole('link', { name, exact: true }))
    /** Without the script a page is loaded again by hand. */
    const untilShown = async (text: string) => {
      for (; !(await main().innerText()).includes(text); await page.waitForTimeout(100)) {
        if (!javaScriptEnabled) await page.reload()
      }
    }
    beforeEach(async () => {
      await newPage({ locale: language === 'ja' ? 'ja-JP' : 'en-GB', javaScriptEnabled })
    })

    test('sees the failures of a broken database as one cause, and replays one of them in three clicks', async () => {
      await failWithoutTable(ids)
      await order(cloud, givenRequest({ id: `${prefix}-misspelt`, export: 'ordres' }))
      while ((await operator.failures()).count < 4) await page.waitForTimeout(50)
      await page.goto(cloud.endpointUrl)
      expect(page.url()).toBe(at(''))
      await open(t.nav.failures)
      const row = page.getByRole('row').filter({ hasText: 'QueryFailed' })
      expect(await row.innerText()).toMatch(/^3 ×/)
      await follow(row.getByRole('link', { name: 'QueryFailed' }))
      expect(await page.getByRole('link', { name: new RegExp(`^${prefix}-\\d$`) }).count()).toBe(3)
      expect(await page.getByRole('link', { name: `${prefix}-misspelt` }).count()).toBe(0)
      await press(`${t.replay}: ${first}`)
      expect(await status()).toBe(t.done.replayed)
      expect((await outcomeOf(cloud, first, 1)).status).toBe('SUCCEEDED')
    })

    test('edits one and sends it again', async () => {
      await page.goto(at(`executions/${second}`))
      await open(t.edit)
      await page.getByLabel('from').fill('2026-02-01')
      await page.getByLabel(t.why).fill('the wrong month')
      await press(t.send)
      const id = await sentId()
      expect((await outcomeOf(cloud, id)).status).toBe('SUCCEEDED')
      await page.goto(at(`executions/${id}`))
      await open(second)
      expect(await main().innerText()).toContain(t.superseded)
    })

    test('replays all the rest', async () => {
      await page.goto(at('failures'))
      const row = page.getByRole('row').filter({ hasText: 'QueryFailed' })
      await follow(row.getByRole('link', { name: t.bulk.replayAll('1'), exact: true }))
      await page.getByLabel(t.bulk.name).fill(prefix)
      await press(t.bulk.start)
      expect(page.url()).toContain(`replays/${prefix}`)
      await untilShown(t.bulk.progress('1', '1'))
      expect(await outcomeOf(cloud, third, 1)).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1 })
    })

    test('corrects a misspelt export and sends it again, leaving no failure', async () => {
      await page.goto(at(`executions/${prefix}-misspelt`))
      expect(await page.locator('.note.bad').innerText()).toContain(adviceFor('UnknownExport')[language])
      await open(t.edit)
      await page.getByRole('combobox', { name: t.exportName }).selectOption('orders')
      await press(t.chooseExport)
      expect(await page.getByLabel('from').inputValue()).toBe('2026-01-01')
      await press(t.send)
      expect((await outcomeOf(cloud, await sentId())).status).toBe('SUCCEEDED')
      await page.goto(at('failures'))
      expect(await main().innerText()).toContain(t.noFailures)
    })

    test('views dead letters without removing them; edits and sends one, and drops one with a reason', async () => {
      await bury(cloud, givenRequest({ id: `${prefix}-dead-1`, export: 'ordres' }))
      await bury(cloud, givenRequest({ id: `${prefix}-dead-2` }))
      await page.goto(at('queue'))
      await page.goto(at('queue'))
      const letter = (id: string) => page.locator('details').filter({ hasText: id })
      const one = letter(`${prefix}-dead-1`)
      await one.locator('summary').click()
      await one.getByLabel(t.edited).fill(JSON.stringify(givenRequest({ id: `${prefix}-dead-1` })))
      await follow(one.getByRole('button', { name: t.sendAgain }))
      expect((await outcomeOf(cloud, `${prefix}-dead-1`)).status).toBe('SUCCEEDED')
      const other = letter(`${prefix}-dead-2`)
      await other.locator('summary').click()
      await other.getByLabel(t.whyNeeded).fill('nobody needs it')
      await follow(other.getByRole('button', { name: t.drop }))
      const text = await main().innerText()
      expect(text).toContain(t.noDeadLetters)
      expect(text).toMatch(new RegExp(`${t.actions.dropDeadLetter} \\S+\\s+operator\\s+nobody needs it`))
    })

    test('pauses, which every page shows while nothing starts, cancels a waiting request, and resumes', async () => {
      await page.goto(at('queue'))
      await page.getByLabel(t.why).fill('an upgrade')
      await press(t.pause)
      await open(t.nav.downloads)
      expect(await page.locator('.banner').first().innerText()).toContain(t.pausedSince('operator'))
      const patient = `${prefix}-patient`
      await send(cloud, givenRequest({ id: patient }))
      const { id: unwanted } = await operator.request(
        givenRequest({ id: `${prefix}-unwanted` }) as unknown as NewRequest,
      )
      await page.goto(at(`executions/${unwanted}`))
      await page.getByLabel(t.why).fill('asked for twice')
      await press(t.cancelRequest)
      expect(await page.getByText(t.done.cancelled).count()).toBe(1)
      await page.goto(at('queue'))
      // A page that is open elsewhere hears of it.
      const elsewhere = javaScriptEnabled ? await context.newPage() : undefined
      await elsewhere?.goto(at('?done=paused'))
      await press(t.resume)
      await elsewhere?.locator('.banner').first().waitFor({ state: 'hidden' })
      expect(elsewhere?.url() ?? at('')).toBe(at(''))
      expect(await page.getByText(t.pausedSince('operator')).count()).toBe(0)
      expect(await main().innerText()).toMatch(new RegExp(`${t.actions.pause}\\s+operator\\s+an upgrade`))
      expect((await outcomeOf(cloud, patient)).status).toBe('SUCCEEDED')
      expect((await outcomeOf(cloud, unwanted)).output).toContain('"by":"operator"')
      expect(await operator.actions(unwanted)).toMatchObject([{ action: 'cancel', reason: 'asked for twice' }])
    })

    test('stops a running execution, whose page says by whom and why', async () => {
      const id = `${prefix}-endless`
      await sql('LOCK TABLES orders WRITE', async () => {
        await send(cloud, givenRequest({ id }))
        const stop = page.getByRole('link', { name: t.stop, exact: true })
        do await page.goto(at(`executions/${id}`))
        while ((await stop.count()) === 0)
        await follow(stop)
        await page.getByLabel(t.why).fill('the wrong year')
        await press(t.stop)
        expect((await outcomeOf(cloud, id)).status).toBe('ABORTED')
      })
      await page.goto(at(`executions/${id}`))
      const text = await main().innerText()
      expect(text).toContain('Stopped by operator: the wrong year')
      expect(text).toContain(adviceFor('Stopped')[language])
    })
  })
}

/** Reads the id from the address of the page after a request. The page's script removes `done` from that address. */
async function sentId(): Promise<string> {
  await page.waitForURL(/executions\/[\w-]+(\?done=sent.*)?$/)
  return page.url().match(/executions\/([\w-]+)/)?.[1] as string
}
