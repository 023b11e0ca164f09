/** After the whole run: stops the database servers that tests had started. */
export default async function teardown(): Promise<void> {
  const desk = globalThis.carryoutTestDesk
  if (!desk) return
  desk.listener.close()
  desk.listener.closeAllConnections()
  const stops = [...desk.servers.values()].map((server) =>
    server.then(
      ({ stop }) => stop(),
      () => undefined, // It never started: the tests that asked for it have failed with the reason.
    ),
  )
  await Promise.all(stops)
}
