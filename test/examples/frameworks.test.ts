import type { Locator } from 'playwright-core'
import { reactScript, vueScript } from '../support/element-examples.ts'
import { elementModules } from '../support/element-modules.ts'
import { open, shop, signIn } from './served-shop.ts'

test('the examples for React and Vue each make a download, and so does the button’s own module, in Japanese', async () => {
  const context = await signIn('aoi@example.com', { locale: 'ja-JP' })
  const params = { from: '2026-02-01', to: '2026-03-01' }
  const scripts: Record<string, string> = {
    ...elementModules(),
    'react.js': reactScript({ export: 'orders', params }),
    'vue.js': vueScript(),
  }
  const asked: string[] = []
  await context.route(/\/(examples|[a-z]+\.js)(\?|$)/, (route) => {
    const { pathname, search } = new URL(route.request().url())
    const name = pathname.slice(1)
    asked.push(name)
    if (name in scripts) return route.fulfill({ contentType: 'text/javascript; charset=utf-8', body: scripts[name]! })
    const tags = ['button.js', 'react.js', 'vue.js'].map((each) => `<script type="module" src="/${each}"></script>`)
    const element = '<carryout-download export="order-items"></carryout-download>'
    const body = `<html lang="${search.slice(1)}"><main>${element}<p id="react"></p><p id="vue"></p></main>${tags.join('')}`
    return route.fulfill({ contentType: 'text/html; charset=utf-8', body })
  })
  const page = await open(context, '/examples?ja')
  const [react, vue, main] = ['#react', '#vue', 'carryout-download'].map((each) => page.locator(each)) as Locator[]
  await main!.getByRole('button', { name: 'ダウンロード' }).click()
  await react!.getByRole('button', { name: 'Download' }).click()
  await vue!.getByRole('button', { name: 'idle' }).click()
  await main!.getByRole('link', { name: /\.csv$/ }).waitFor()
  await vue!.getByRole('button', { name: 'ready' }).waitFor()
  const file = await react!.getByRole('link', { name: /\.csv$/ }).getAttribute('href')
  expect((await context.request.get(shop.url + file)).status()).toBe(200)
  expect(asked.filter((name) => name === 'ja.js')).toHaveLength(1)
  await page.goto(`${shop.url}/examples?en`)
  await main!.getByRole('link', { name: /\.csv$/ }).waitFor()
  expect(asked.filter((name) => name === 'ja.js')).toHaveLength(1)
})
