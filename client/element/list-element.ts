/** `<carryout-downloads>`: the user's downloads, newest first. */
import type { DownloadView } from '../web/contract.ts'
import { OVER } from '../web/contract.ts'
import { CarryoutElement } from './base.ts'
import { createDownloadList, type DownloadListStore } from './list-store.ts'
import { createPanel, make, say } from './panel.ts'
import { LIST_STYLES } from './styles.ts'

const TEXTS = {
  en: { downloads: 'My downloads', none: 'No downloads yet', more: 'Show more' },
  ja: { downloads: 'ダウンロード一覧', none: 'ダウンロードはまだありません', more: 'さらに表示' },
}

interface Item {
  root: HTMLLIElement
  update(download: DownloadView): string
}

/** `<carryout-downloads>`: the user’s own downloads. */
export class CarryoutDownloads extends CarryoutElement {
  static readonly observedAttributes = ['src', 'limit']
  #store: DownloadListStore | undefined
  readonly #list = make('ul', 'list')
  readonly #empty = make('p', 'empty')
  readonly #problem = make('p', 'problem')
  readonly #more = make('button', 'more')
  readonly #items = new Map<string, Item>()

  constructor() {
    super()
    this.adopt(LIST_STYLES)
    this.#more.onclick = () => this.#store?.more()
    this.shadow.append(this.#problem, this.#list, this.#empty, this.#more)
  }

  get store(): DownloadListStore | undefined {
    return this.#store
  }

  protected open(render: () => void) {
    const limit = Number(this.getAttribute('limit')) || undefined
    this.#store = createDownloadList({ src: this.src, language: this.speech.language, limit })
    return this.#store.subscribe(render)
  }

  protected render() {
    const { texts, language } = this.speech
    const own = TEXTS[language]
    const { downloads, hasMore, problem, isOffline } = this.#store!.getState()
    this.#list.ariaLabel = own.downloads
    say(this.#problem, isOffline ? texts.offline : problem)
    say(this.#empty, downloads?.length === 0 ? own.none : null)
    say(this.#more, hasMore ? own.more : null)
    for (const [id, { root }] of this.#items) {
      if (!downloads?.some((each) => each.id === id)) {
        root.remove()
        this.#items.delete(id)
      }
    }
    downloads?.forEach((download, index) => {
      const { id, status } = download
      const known = this.#items.get(id)
      const item = known ?? this.#createItem(id)
      this.#items.set(id, item)
      const text = item.update(download)
      // What was over when it appeared is not news.
      this.announce(`${id} ${status}`, known && OVER.includes(status) ? text : null)
      if (this.#list.children[index] !== item.root)
        this.#list.insertBefore(item.root, this.#list.children[index] ?? null)
    })
  }

  #createItem(id: string): Item {
    const title = make('span', 'title')
    const time = make('time', 'time')
    const panel = createPanel({ cancel: () => this.#store?.cancel(id), again: () => this.#store?.again(id) })
    const name = make('div', 'name', title, time)
    name.className = 'name'
    const row = make('div', 'row', name, panel.root)
    row.className = 'row'
    return {
      root: make('li', 'item', row),
      update: (download) => {
        const { speech } = this
        const heading = [download.title ?? download.export, download.format.toUpperCase()].filter(Boolean).join(' · ')
        say(title, heading)
        time.dateTime = download.requestedAt
        say(time, speech.date(download.requestedAt, { timeStyle: 'short' }))
        const sentence = panel.update(download, this.src, speech, `${heading}, ${time.textContent}`)
        return `${heading}: ${speech.texts.status[download.status]}. ${sentence}`
      },
    }
  }
}
