/** Failed downloads: how they are found, shown, replayed and edited, alone and many at once. */
import { givenRequest, order, outcomeOf } from '../support/pipeline.ts'
import { at, cloud, failWithoutTable, follow, main, newPage, operator, page, status } from './desk.ts'

describe('a database that lacks a table', () => {
  beforeAll(async () => {
    await failWithoutTable(['lost-1', 'lost-2', 'lost-3', 'lost-4'])
    await order(cloud, givenRequest({ id: 'misspelt', export: 'ordres' }))
    while ((await operator.failures()).count < 5) await new Promise((resolve) => setTimeout(resolve, 50))
  })

  test('the address printed at boot opens the list of downloads, which is filtered by the URL', async () => {
    await page.goto(cloud.endpointUrl)
    expect(page.url()).toBe(at(''))
    expect(await page.getByRole('row').filter({ hasText: 'lost-1' }).innerText()).toContain('QueryFailed')
    await page.getByLabel('Error').fill('UnknownExport')
    await follow(page.getByRole('button', { name: 'Filter' }))
    expect(page.url()).toContain('error=UnknownExport')
    expect(await page.getByRole('link', { name: 'misspelt' }).count()).toBe(1)
    // One of them is the head of the table.
    expect(await page.getByRole('row').count()).toBe(2)
    const today = new Date().toISOString().slice(0, 10)
    await page.goto(at(`?state=failed&export=orders&requester=HANAKO@example.com&since=${today}&until=${today}`))
    expect(await page.getByRole('link', { name: /^lost-\d$/ }).count()).toBe(4)
    await page.goto(at('?until=2020-01-01'))
    expect(await main().innerText()).toContain('No download matches the filter.')
  })

  test('an execution’s page shows where it failed, why, what to do, and who was notified', async () => {
    await page.goto(at('executions/lost-1'))
    const drawn = (state: string) => page.locator(`.graph [data-state="${state}"]`).getAttribute('class')
    expect(await drawn('ExportChunk')).toContain('failed')
    expect(await drawn('Prepare')).toContain('succeeded')
    expect(await drawn('Finish')).toContain('none')
    const note = await page.locator('.note.bad').innerText()
    expect(note).toContain('ExportChunk: QueryFailed')
    expect(note).toContain('Then replay.')
    expect(await main().innerText()).toContain('Published to the topic')
    await page.getByText(/^ExportChunk · failed/).click()
    expect(await page.locator('details[open] pre').first().innerText()).toContain('"requestedBy": "hanako@example.com"')
    await follow(page.getByRole('link', { name: 'Logs' }))
    expect(await main().innerText()).toMatch(/ERROR The database refused the query/)
  })

  test('a replay says what it keeps and continues from the failed step, even without JavaScript', async () => {
    await newPage({ javaScriptEnabled: false })
    await page.goto(at('executions/lost-1'))
    await follow(page.getByRole('link', { name: 'Replay', exact: true }))
    expect(await main().innerText()).toContain('ExportChunk, and everything after it.')
    await page.getByLabel('Why').fill('the table is back')
    await follow(page.getByRole('button', { name: 'Replay now' }))
    expect(await status()).toBe('The replay has begun.')
    expect((await outcomeOf(cloud, 'lost-1', 1)).status).toBe('SUCCEEDED')
    await page.goto(at('executions/lost-1'))
    expect(await main().innerText()).toMatch(/Replayed\s+operator\s+the table is back/)
    expect(await main().innerText()).toContain('without the time before replays')
    const [file, manifest] = await Promise.all(
      ['Download the file', 'Manifest'].map(async (name) => {
        const href = await page.getByRole('link', { name }).getAttribute('href')
        return (await fetch(href as string)).text()
      }),
    )
    expect(file).toContain('Order no.')
    expect(JSON.parse(manifest as string)).toMatchObject({ request: { id: 'lost-1' } })
  })

  test('edited parameters are checked, then sent under a new id; each names the other, who did it and why', async () => {
    await page.goto(at('executions/lost-2/edit?json=1'))
    await page.getByLabel('Parameters').fill('{"from":')
    await follow(page.getByRole('button', { name: 'Send' }))
    expect(await page.getByRole('alert').innerText()).toContain('Parameters')
    await page.getByLabel('Parameters').fill('{"from":"2026-02-01","until":"2026-03-01"}')
    await follow(page.getByRole('button', { name: 'Send' }))
    expect(await page.getByRole('alert').innerText()).toContain('until')
    await follow(page.getByRole('link', { name: 'Edit the parameters in a form' }))
    await page.getByLabel('from').fill('2026-02-01')
    await page.getByLabel('to', { exact: true }).fill('2026-03-01')
    await page.getByLabel('Why').fill('the wrong month')
    await follow(page.getByRole('button', { name: 'Send' }))
    const id = page.url().match(/executions\/([\w-]+)/)?.[1] as string
    const { status: outcome, input } = await outcomeOf(cloud, id)
    expect(outcome).toBe('SUCCEEDED')
    expect(JSON.parse(input as string).params).toEqual({ from: '2026-02-01', to: '2026-03-01' })
    await page.goto(at(`executions/${id}`))
    await follow(page.getByRole('link', { name: 'lost-2' }))
    const text = await main().innerText()
    expect(text).toContain('Superseded')
    expect(text).toMatch(new RegExp(`Edited and sent again → ${id}\\s+operator\\s+the wrong month`))
    const { groups } = await operator.failures()
    expect(groups.flatMap(({ downloads }) => downloads.map((each) => each.id)).sort()).not.toContain('lost-2')
  })

  test('a whole group is replayed through the queue under a name; stopped, it leaves the rest unchanged', async () => {
    await operator.pause({ by: 'a test', reason: '' })
    const start = async (name: string) => {
      await page.goto(at('failures'))
      await follow(page.getByRole('link', { name: 'Replay all 2' }))
      expect(await main().innerText()).toContain('2 failed downloads will be replayed')
      await page.getByLabel('Name of the replay').fill(name)
      await page.getByLabel('Why').fill('the table is back')
      await follow(page.getByRole('button', { name: 'Start the replay' }))
      expect(page.url()).toContain(`replays/${name}`)
    }
    await start('first')
    expect(await main().innerText()).toMatch(/Progress\s+0 of 2/)
    await follow(page.getByRole('button', { name: 'Stop the replay' }))
    expect(await main().innerText()).toContain(
      'Stopped by operator. Those that had not had their turn are left untouched.',
    )
    await operator.resume()
    await start('second')
    // The page refreshes itself.
    await page.getByText('2 of 2', { exact: true }).waitFor()
    expect(await page.getByRole('row').filter({ hasText: 'Replayed' }).count()).toBe(2)
    for (const id of ['lost-3', 'lost-4']) expect((await outcomeOf(cloud, id, 1)).redriveCount).toBe(1)
    await page.goto(at('replays'))
    expect(await page.getByRole('row').filter({ hasText: 'first' }).innerText()).toMatch(/^Stopped/)
  })
})
