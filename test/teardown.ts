/** After the whole run: stops the database server if a test had one started. */
export default async function teardown(): Promise<void> {
  const desk = globalThis.carryoutTestDesk
  if (!desk) return
  desk.listener.close()
  desk.listener.closeAllConnections()
  await desk.server?.then(
    (server) => server.stop(),
    () => undefined, // It never started: the tests that asked for it have failed with the reason.
  )
}
