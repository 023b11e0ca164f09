/** What a session leaves behind on a server and in the process, by a server that answers everything. */
import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LivenessTimes } from '../../../../engine/sources/mysql/liveness.ts'
import { Session } from '../../../../engine/sources/mysql/session.ts'
import { DatabaseUnavailable, QueryFailed } from '../../../../statemachine/errors.ts'
import { err, type FakeServer, rows, startFakeServer, until } from '../fake-server.ts'

let server: FakeServer
afterEach(() => server.close())

describe('a session', () => {
  it('is prepared before the first row of an export is read', async () => {
    server = await startFakeServer(() => false)
    const session = await opened()
    await session.prepareForExport('+09:00')
    const set = server.statements.filter((statement) => /^(SET|START)/.test(statement)).map((each) => each.slice(0, 30))
    expect(set).toEqual([
      'SET NAMES utf8mb4',
      'SET SESSION net_write_timeout ',
      'SET SESSION TRANSACTION ISOLAT',
      'START TRANSACTION WITH CONSIST',
    ])
    expect(session.isMariaDb).toBe(false)
    expect(session.id).toBe(1)
    await session.leave()
  })

  it('has the id that the server lists, whatever a proxy said at log-in', async () => {
    server = await startFakeServer((statement, answer) => {
      if (statement.includes('VERSION()')) rows(answer, ['version', 'server', 'id'], [['9.7.0', 'fake/1/1', '5']])
      else if (statement === 'SHOW PROCESSLIST') rows(answer, ['Id', 'Command'], [['5', 'Query']])
      else return false
    })
    const session = await opened()
    await session.prepareForExport('+00:00')
    expect(session.id).toBe(5)
    await session.leave()
  })

  it('that has not been prepared is killed without asking which server it is', async () => {
    server = await startFakeServer(() => false)
    const session = await opened()
    await session.kill()
    expect(server.statements).toEqual(['KILL 1', 'SHOW PROCESSLIST'])
    await server.emptied()
  })

  it('cannot be reached again through an address that leads to another server, which is left alone', async () => {
    let isOther = false
    server = await startFakeServer((statement, answer) => {
      if (!isOther || !statement.startsWith('SELECT CONCAT_WS')) return false
      rows(answer, ['server'], [['other/1/1']])
    })
    const session = await opened()
    await session.prepareForExport('+00:00')
    isOther = true
    await expect(session.killQuery()).rejects.toThrow(DatabaseUnavailable)
    expect(await session.look()).toBe('works')
    await session.kill()
    expect(server.statements.filter((statement) => statement.startsWith('KILL'))).toEqual([])
    await server.emptied()
  })

  it('lets the server neither read local files nor run several statements at once', async () => {
    server = await startFakeServer(() => false)
    const session = await opened()
    const [localFiles, severalStatements] = [0x80, 0x1_0000]
    expect(server.capabilities).toHaveLength(1)
    expect(server.capabilities[0]! & (localFiles | severalStatements)).toBe(0)
    await session.leave()
  })

  it('on MariaDB has the limits of MariaDB', async () => {
    server = await startFakeServer((statement, answer) => {
      if (!statement.includes('VERSION()')) return false
      rows(answer, ['version', 'server', 'id'], [['11.8.2-MariaDB', 'fake/1/1', '1']])
    })
    const session = await opened()
    await session.prepareForExport('+00:00')
    expect(session.isMariaDb).toBe(true)
    expect(server.statements.join()).toContain('SESSION max_error_count = 65535, SESSION max_statement_time = 0')
    await session.leave()
  })

  it('is given up if a statement of limited time is not answered, but not watched while it has none to wait for', async () => {
    server = await startFakeServer((statement) => (statement === 'ASK' ? undefined : false), { command: 'Sleep' })
    const session = await opened({ quietMillis: 30, againMillis: 30, confirmMillis: 10 })
    await session.prepareForExport('+00:00')
    const asked = server.statements.length
    await sleep(150)
    expect(server.statements).toHaveLength(asked)
    await expect(session.run('ASK', [], { limitMillis: 10 })).rejects.toThrow('did not answer within 0.01 s')
    await session.kill()
    await server.emptied()
  })

  it('leaves neither a connection nor a timer behind', async () => {
    server = await startFakeServer(() => false)
    const timers = activeTimers()
    const session = await opened()
    await session.prepareForExport('+00:00')
    await session.leave()
    expect([server.quits(), activeTimers()]).toEqual([1, timers])
    await server.emptied()
    // What its socket reports afterwards is nobody's business.
    session.socket.emit('error', new Error('reset'))
    const isLeft = await Promise.race([session.leave().then(() => true), sleep(2_000, false, { ref: false })])
    expect(isLeft).toBe(true)
  })

  it('that is killed is killed once, by a second one that leaves, too', async () => {
    server = await startFakeServer(() => false)
    const timers = activeTimers()
    const session = await opened()
    await session.prepareForExport('+00:00')
    await Promise.all([session.kill(), session.kill()])
    expect(activeTimers()).toBe(timers)
    expect(server.statements.filter((statement) => statement.startsWith('KILL'))).toEqual(['KILL 1'])
    expect(session.socket.destroyed).toBe(true)
    await server.emptied()
  })

  it('that is killed waits until the server no longer lists it, or refuses to list it', async () => {
    for (const isRefused of [false, true]) {
      let looks = 0
      server = await startFakeServer((statement, answer) => {
        if (!statement.startsWith('SHOW PROCESSLIST') || ++looks === 1 || (looks === 4 && !isRefused)) return false
        if (looks === 4) answer.send(err(1227, 'denied'))
        else rows(answer, ['Id', 'Command'], [['1', 'Query']])
      })
      const session = await opened()
      await session.prepareForExport('+00:00')
      const isKilled = await Promise.race([session.kill().then(() => true), sleep(2_000, false, { ref: false })])
      expect([isKilled, looks, session.socket.destroyed]).toEqual([true, 4, true])
      await server.emptied()
      await server.close()
    }
  })

  it('that is killed spares the server by pausing between looks at its process list', async () => {
    let looks = 0
    server = await startFakeServer((statement, answer) => {
      if (!statement.startsWith('SHOW PROCESSLIST') || ++looks > 8) return false
      rows(answer, ['Id', 'Command'], [['1', 'Query']])
    })
    const session = await opened()
    await session.prepareForExport('+00:00')
    const began = performance.now()
    await session.kill()
    expect(looks).toBe(9)
    // 1, 2, 4, 8, 16, 32 and 50 ms.
    expect(performance.now() - began).toBeGreaterThan(100)
    await server.emptied()
  })

  it('whose query is killed stays open', async () => {
    server = await startFakeServer(() => false)
    const session = await opened()
    await session.prepareForExport('+00:00')
    await session.killQuery()
    expect(server.statements).toContain('KILL QUERY 1')
    await quit()
    expect(await session.run('SHOW PROCESSLIST')).not.toEqual([])
    await session.leave()
    await server.emptied()
  })

  it('that was given up is not killed over a second connection, which would not be answered either', async () => {
    server = await startFakeServer(() => false)
    const session = await opened()
    await session.prepareForExport('+00:00')
    session.socket.on('error', () => {})
    session.giveUp('the server stopped responding')
    await session.kill()
    expect(server.statements.some((statement) => statement.startsWith('KILL'))).toBe(false)
    await server.emptied()
  })

  it('sends what arrives to its receiver alone, even where Node cannot read into one buffer', () => {
    const socket = new EventEmitter()
    const byMysql2: Buffer[] = []
    const received: Buffer[] = []
    socket.on('data', (bytes) => byMysql2.push(bytes))
    const session: Session = Reflect.construct(Session, [{}, { stream: socket }, null])
    session.receive((bytes) => received.push(bytes))
    socket.emit('data', Buffer.of(1))
    expect([byMysql2, received]).toEqual([[], [Buffer.of(1)]])
  })

  it('fails with the server’s message', async () => {
    server = await startFakeServer((statement, { send }) => {
      if (!statement.startsWith('ASK')) return false
      send(err(1317, 'Query execution was interrupted'))
    })
    const session = await opened()
    await expect(session.run('ASK')).rejects.toThrow(DatabaseUnavailable)
    await expect(session.texts('ASK')).rejects.toThrow('(error 1317, SQLSTATE HY000): Query execution was interrupted')
    await session.leave()
  })

  it('reports the server’s complete message separately from its errors, which do not quote rows', async () => {
    server = await startFakeServer((statement, { send }) => {
      if (!statement.startsWith('ASK')) return false
      send(err(1305, 'FUNCTION shop.secret does not exist'))
    })
    const heard: string[] = []
    const session = await opened(undefined, (message) => heard.push(message))
    for (const ask of [() => session.texts('ASK'), () => session.run('ASK', [], { isRunning: true })]) {
      const error = await ask().catch((reason) => reason)
      expect(error).toBeInstanceOf(QueryFailed)
      expect(error.message).not.toContain('secret')
    }
    await expect(session.run('ASK')).rejects.toThrow('shop.secret')
    expect(heard).toEqual(Array(3).fill('FUNCTION shop.secret does not exist'))
    await session.leave()
  })
})

describe('a look at a session', () => {
  it.each([
    ['works', 'Query'],
    ['idle', 'Sleep'],
  ] as const)('finds that the server %s if it lists the command %s, and leaves nothing', async (sign, command) => {
    server = await startFakeServer(() => false, { command })
    const session = await opened()
    await session.prepareForExport('+00:00')
    expect(await session.look()).toBe(sign)
    await quit()
    await session.leave()
    await server.emptied()
  })

  it.each([
    ['which server it is', 'SELECT CONCAT_WS'],
    ['what its sessions do', 'SHOW PROCESSLIST'],
  ])('finds that a server that refuses to say %s works, and leaves nothing', async (_, question) => {
    let isRefused = false
    server = await startFakeServer((statement, { send }) => {
      if (!isRefused || !statement.startsWith(question)) return false
      send(err(1227, 'Access denied'))
    })
    const session = await opened()
    await session.prepareForExport('+00:00')
    isRefused = true
    expect(await session.look()).toBe('works')
    await quit()
    await session.leave()
    await server.emptied()
  })

  it('finds a server that does not answer', async () => {
    server = await startFakeServer(() => false)
    const session = await opened()
    await session.prepareForExport('+00:00')
    server.refuse()
    expect(await session.look()).toBe('silent')
    await session.leave()
  })
})

function opened(liveness?: LivenessTimes, onServerError?: (message: string) => void): Promise<Session> {
  const account = { user: 'u', password: 'p', database: 'd', tls: 'off' as const }
  return Session.connect({ host: '127.0.0.1', port: server.port, ...account, liveness, onServerError })
}

/** Timers that keep the process alive. */
function activeTimers(): number {
  return process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length
}

/** Waits until a session has been ended properly. */
function quit(): Promise<void> {
  return until(() => server.quits() > 0)
}
