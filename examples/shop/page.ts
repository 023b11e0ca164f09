/** The orders page: the old download, the new one, and the list of the user's downloads. */
import { html } from 'hono/html'
import type { Order, Span } from './orders.ts'
import { PEOPLE, type Session } from './people.ts'
import { TEXTS } from './texts.ts'

export const FORMATS = ['csv', 'xlsx', 'parquet'] as const

export interface OrdersPage {
  session: Session
  span: Span
  format: string
  orders: Order[]
}

export function ordersPage({ session, span, format, orders }: OrdersPage) {
  const { language, person } = session
  const texts = TEXTS[language]
  const money = new Intl.NumberFormat(language, { minimumFractionDigits: 2 })
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${texts.orders} – ${texts.shop}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/shop.css">
<script type="module" src="/shop.js"></script>
</head>
<body>
<header>
<p class="brand"><strong>${texts.shop}</strong> ${texts.admin}</p>
<form method="post" action="/session">
<label>${texts.user}<select name="person">${PEOPLE.map(
    ({ email, name }) =>
      html`<option value="${email}" ${email === person.email ? 'selected' : ''}>${name[language]}</option>`,
  )}</select></label>
<label>${texts.language}<select name="language"><option value="en" lang="en" ${language === 'en' ? 'selected' : ''}>English</option><option value="ja" lang="ja" ${language === 'ja' ? 'selected' : ''}>日本語</option></select></label>
<button>${texts.go}</button>
</form>
</header>
<main>
<div class="title">
<h1>${texts.orders}</h1>
<form class="span">
<label>${texts.from}<input type="date" name="from" value="${span.from}" required></label>
<label>${texts.to}<input type="date" name="to" value="${span.to}" required></label>
<label>${texts.format}<select name="format">${FORMATS.map(
    (each) => html`<option value="${each}" ${each === format ? 'selected' : ''}>${each.toUpperCase()}</option>`,
  )}</select></label>
<button>${texts.filter}</button>
</form>
</div>
<div class="ways">
<section aria-labelledby="before">
<h2 id="before">${texts.before}</h2>
<p>${texts.beforeText}</p>
<p class="act"><a class="button" id="slow" href="/orders.csv?from=${span.from}&amp;to=${span.to}" download="orders.csv">${texts.slow}</a>
<span id="waited" role="status"></span></p>
</section>
<section class="new" aria-labelledby="after">
<h2 id="after">${texts.after}</h2>
<p>${texts.afterText}</p>
<p class="act"><carryout-download export="orders" format="${format}" params="${JSON.stringify(span)}"></carryout-download></p>
</section>
</div>
<section aria-labelledby="mine">
<h2 id="mine">${texts.mine}</h2>
<carryout-downloads limit="5"></carryout-downloads>
</section>
<section aria-labelledby="newest">
<h2 id="newest">${texts.newest}</h2>
<div class="scroll" tabindex="0" role="group" aria-labelledby="newest">
<table>
<thead><tr><th scope="col" class="number">${texts.number}</th><th scope="col">${texts.orderedAt}</th><th scope="col">${texts.customer}</th><th scope="col">${texts.country}</th><th scope="col" class="number">${texts.amount}</th><th scope="col">${texts.status}</th></tr></thead>
<tbody>${orders.map(
    (order) =>
      html`<tr><td class="number">${order.id}</td><td>${order.orderedAt}</td><td>${order.customer}</td><td>${order.country}</td><td class="number">${money.format(Number(order.amount))}</td><td><span class="tag">${order.status}</span></td></tr>`,
  )}</tbody>
</table>
</div>
</section>
</main>
</body>
</html>`
}
