/** The panel of one download, used by both elements: state, sentence, progress, link and actions. */
import type { DownloadView } from '../web/contract.ts'
import { describe } from './sentences.ts'
import type { Speech } from './texts.ts'

export interface Actions {
  cancel(): void
  again(): void
}

/** @param part the name by which a page can style it; may be empty */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  part: string,
  ...children: (Node | string)[]
) {
  const element = document.createElement(name)
  element.setAttribute('part', part)
  element.append(...children)
  return element
}

export function say(element: HTMLElement, text: string | null | undefined) {
  if (element.textContent !== (text ?? '')) element.textContent = text ?? ''
  element.hidden = !text
}

export function createPanel(actions: Actions) {
  const status = make('span', 'status')
  const link = make('a', 'link')
  // A refusal then appears as a failed download instead of replacing the page.
  link.download = ''
  const progress = make('progress', 'progress')
  const text = make('span', 'text')
  text.className = 'text'
  const cancel = make('button', 'cancel')
  cancel.onclick = actions.cancel
  const again = make('button', 'again')
  again.onclick = actions.again
  const root = make('div', 'panel', status, link, progress, text, cancel, again)
  return {
    root,
    /** @param title distinguishes the buttons of several downloads; @param note precedes the sentence */
    update(download: DownloadView, src: string, speech: Speech, title: string, note = '') {
      const { texts } = speech
      const { rows, expectedRows } = download
      const is = download.status
      root.className = `row panel ${is}`
      status.setAttribute('part', `status ${is}`)
      say(status, is === 'ready' ? null : texts.status[is])
      if (is === 'ready') link.href = `${src}/${download.id}/file`
      say(link, is === 'ready' ? (download.file?.name ?? texts.download) : null)
      const sentence = describe(download, speech)
      say(text, [note, sentence].filter(Boolean).join(' · '))
      progress.hidden = is !== 'running'
      progress.ariaLabel = title
      if (expectedRows && rows !== null) {
        progress.max = Math.max(expectedRows, rows)
        progress.value = rows
      } else progress.removeAttribute('value')
      const isPending = !download.endedAt
      say(cancel, isPending ? texts.cancel : null)
      say(again, is === 'ready' ? texts.fresh : isPending ? null : texts.again)
      again.hidden = isPending || download.error?.retryable === false
      for (const each of [cancel, again]) each.ariaLabel = `${each.textContent}: ${title}`
      return sentence
    },
  }
}
