/** The local cloud cannot run the app, although it synthesizes; the message says why and what to do. */
export class AppUnfit extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'AppUnfit'
  }
}
