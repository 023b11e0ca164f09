/** Nothing can be written; the message says why. */
export class InitFailed extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'InitFailed'
  }
}
