/** Makes forecasts from what waits and runs now and from the newest runs, sharing the reads among all callers. */
import type { DownloadEntry } from '../../statemachine/table.ts'
import { type Forecast, forecastRunning, forecastWaiting, type Typical, typicalOf } from '../forecast.ts'
import type { DownloadTable } from '../table.ts'
import { Remembered } from './remembered.ts'

/** Places in the queue may change every second, but two seconds are accurate enough. */
const PLACES_MILLIS = 2_000
/** Durations of exports change slowly, but the first run of an export should be noticed soon. */
const PAST_MILLIS = 5_000

export class Outlook {
  readonly #past: Remembered<DownloadEntry[]>
  readonly #running: Remembered<DownloadEntry[]>
  readonly #line: Remembered<{ place: string; export: string | undefined }[]>
  readonly #maxRunning: Remembered<number>
  readonly #held: Remembered<boolean>

  constructor(table: () => Promise<DownloadTable>) {
    this.#past = new Remembered(PAST_MILLIS, async () => await (await table()).newest('ready'))
    this.#running = new Remembered(PLACES_MILLIS, async () => await (await table()).newest('running'))
    this.#line = new Remembered(PLACES_MILLIS, async () => await (await table()).line())
    this.#maxRunning = new Remembered(PAST_MILLIS, async () => await (await table()).maxRunning())
    this.#held = new Remembered(PLACES_MILLIS, async () => {
      const facts = await table()
      return (await Promise.all([facts.pause(), facts.outage()])).some((fact) => fact !== undefined)
    })
  }

  /** Whether nothing starts, because of a pause or an outage of the database. */
  isPaused(): Promise<boolean> {
    return this.#held.get()
  }

  async waiting(): Promise<number> {
    return (await this.#line.get()).length
  }

  async typical(exportName: string): Promise<Typical | undefined> {
    return typicalOf(exportName, await this.#past.get())
  }

  /** @returns null if it neither waits nor runs */
  async forecast(entry: DownloadEntry): Promise<Forecast | null> {
    const now = Date.now()
    if (entry.state === 'running') return forecastRunning(entry, await this.#past.get(), now)
    if (entry.state !== 'waiting') return null
    const [past, running, line, maxRunning] = await Promise.all([
      this.#past.get(),
      this.#running.get(),
      this.#line.get(),
      this.#maxRunning.get(),
    ])
    const { place = '' } = entry
    const before = line.filter((other) => other.place < place).map((other) => other.export)
    return forecastWaiting(entry.export, { now, past, running, before, maxRunning })
  }
}
