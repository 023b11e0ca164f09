/** A value that is loaded at most once per period, however many callers ask for it. */

export class Remembered<T> {
  readonly #load: () => Promise<T>
  readonly #millis: number
  #value: Promise<T> | undefined
  #until = 0

  /** @param millis how long a value is reused */
  constructor(millis: number, load: () => Promise<T>) {
    this.#millis = millis
    this.#load = load
  }

  get(): Promise<T> {
    if (this.#value && Date.now() < this.#until) return this.#value
    const value = this.#load()
    this.#value = value
    this.#until = Date.now() + this.#millis
    value.catch(() => {
      if (this.#value === value) this.#value = undefined
    })
    return value
  }
}
