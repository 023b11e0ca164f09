/** The layout of every page: head, navigation, banners, footer. */
import { html } from 'hono/html'
import type { Outage } from '../../statemachine/outage.ts'
import type { Pause } from '../../statemachine/table.ts'
import { type Formats, formatsIn } from './format.ts'
import { type Language, type Texts, texts } from './texts.ts'

export type Markup = ReturnType<typeof html>
export type Section = keyof Texts['nav']

/** The data for rendering every page. */
export interface View {
  language: Language
  texts: Texts
  formats: Formats
  timeZone: string
  /** Without a trailing slash. */
  base: string
  /** The available sections, in order. */
  sections: readonly Section[]
  readOnly: boolean
  /** Whether the reader is not authorized, so that there are no links. */
  isStranger?: boolean
  /** Null if downloads are not paused. */
  pause: Pause | null
  /** Null if the database responds, as far as is known. */
  outage: Outage | null
}

export interface Page {
  title: string
  section: Section | null
  body: Markup
  /** The result of the last action. */
  done?: { text: string; isBad?: boolean } | undefined
  /** Seconds between two refreshes; undefined for none. */
  refreshSeconds?: number | undefined
  /** The URL of this page in the other language. */
  otherLanguageHref: string
}

export function viewIn(
  language: Language,
  timeZone: string,
  rest: Omit<View, 'language' | 'texts' | 'formats' | 'timeZone'>,
): View {
  return { language, timeZone, texts: texts[language], formats: formatsIn(language, timeZone), ...rest }
}

const PATHS: Record<Section, string> = {
  downloads: '',
  failures: 'failures',
  queue: 'queue',
  exports: 'exports',
  outbox: 'outbox',
}

export function drawPage(view: View, { title, section, body, done, refreshSeconds, otherLanguageHref }: Page): Markup {
  const { base, texts: t, language, timeZone } = view
  const links = view.sections.map(
    (each) =>
      html`<a href="${base}/${PATHS[each]}"${each === section ? html` aria-current="page"` : ''}>${t.nav[each]}</a>`,
  )
  const otherLanguage = language === 'en' ? 'ja' : 'en'
  return html`<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>${title} · ${t.title}</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="${base}/console.css"><script src="${base}/console.js" defer></script></head>
<body><a class="skip" href="#main">${t.skip}</a>
<header><strong>${t.title}</strong><nav aria-label="${t.title}">${links}</nav>
${view.isStranger ? '' : html`<form class="find" action="${base}/executions" method="get" role="search"><input name="id" required pattern="\\s*[A-Za-z0-9_\\-]{1,80}\\s*" aria-label="${t.search}" placeholder="${t.search}"><button>${t.go}</button></form>`}<a href="${otherLanguageHref}" lang="${otherLanguage}" hreflang="${otherLanguage}">${t.otherLanguage}</a></header>
<div id="banners">${view.pause ? html`<div class="banner" role="status"><span>${t.pausedSince(view.pause.by)}${view.pause.reason && t.because(view.pause.reason)}</span><a href="${base}/queue">${t.nav.queue}</a></div>` : ''}
${view.outage ? html`<div class="banner" role="status"><span>${t.outage} ${t.outageSince(view.formats.time(new Date(view.outage.since)), view.outage.reason)}</span><a href="${base}/queue">${t.nav.queue}</a></div>` : ''}</div>
<p id="stale" class="banner" role="status" hidden>${t.notRefreshed}</p>
<main id="main" tabindex="-1" data-sending="${t.sending}"${refreshSeconds ? html` data-refresh="${refreshSeconds}"` : ''}>
<h1>${title}</h1>
${done ? html`<p class="note ${done.isBad ? 'bad' : 'good'}" role="status">${done.text}</p>` : ''}
${body}</main>
<footer>${view.isStranger ? '' : html`<span id="zone" data-text="${t.zone('{zone}')}">${t.zone(timeZone)}</span>`}${view.readOnly && !view.isStranger ? html` ${t.readOnly}` : ''}</footer>
</body></html>`
}

/** A definition list without the entries that have no value. */
export function facts(pairs: readonly (readonly [string, Markup | string | null | undefined | false])[]): Markup {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined && value !== false && value !== '')
  return html`<dl class="facts">${shown.map(([name, value]) => html`<dt>${name}</dt><dd>${value as Markup}</dd>`)}</dl>`
}
