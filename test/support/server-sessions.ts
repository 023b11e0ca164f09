/** The sessions of a database server, as its process list shows them. */
import type { Connection, RowDataPacket } from 'mysql2/promise'

export interface ServerSession {
  id: number
  user: string
  database: string | null
  /** `Sleep` while the session waits for its client. */
  command: string
  /** The statement that it runs, if any. */
  statement: string | null
}

/**
 * Lists the other sessions of the server, or of one of its schemas. `information_schema.PROCESSLIST` serves no test: MySQL cannot
 * fill it while any session, such as one of another test, runs a statement with a character beyond utf8mb3 (error 3854).
 */
export async function serverSessions(
  connection: Pick<Connection, 'query'>,
  database?: string,
): Promise<ServerSession[]> {
  const [own] = await connection.query<RowDataPacket[]>('SELECT CONNECTION_ID() AS id')
  const [rows] = await connection.query<RowDataPacket[]>('SHOW FULL PROCESSLIST')
  return rows
    .filter((row) => row.Id !== own[0]!.id && (database === undefined || row.db === database))
    .map((row) => ({ id: row.Id, user: row.User, database: row.db, command: row.Command, statement: row.Info }))
}
