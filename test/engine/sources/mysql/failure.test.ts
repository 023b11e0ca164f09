/** What becomes of the server's errors, without a server. */
import {
  refusedByServer,
  type ServerFailure,
  toCarryoutError,
  toUnavailable,
} from '../../../../engine/sources/mysql/failure.ts'
import { DatabaseUnavailable, QueryFailed } from '../../../../statemachine/errors.ts'

const failed = (errno: number, message = 'words', values: readonly unknown[] = []) =>
  toCarryoutError({ errno, message }, values)

/** By their names in MySQL's reference (https://dev.mysql.com/doc/mysql-errors/8.4/en/) and in MariaDB's. */
const PASSING = {
  ...{ ER_DISK_FULL: 1021, ER_OUTOFMEMORY: 1037, ER_CON_COUNT_ERROR: 1040, ER_OUT_OF_RESOURCES: 1041 },
  ...{ ER_BAD_HOST_ERROR: 1042, ER_HANDSHAKE_ERROR: 1043, ER_SERVER_SHUTDOWN: 1053, ER_NORMAL_SHUTDOWN: 1077 },
  ...{ ER_GOT_SIGNAL: 1078, ER_SHUTDOWN_COMPLETE: 1079, ER_FORCING_CLOSE: 1080, ER_CANT_CREATE_THREAD: 1135 },
  ...{ ER_ABORTING_CONNECTION: 1152, ER_NET_READ_ERROR_FROM_PIPE: 1154, ER_NET_READ_ERROR: 1158 },
  ...{ ER_NET_READ_INTERRUPTED: 1159, ER_NET_ERROR_ON_WRITE: 1160, ER_NET_WRITE_INTERRUPTED: 1161 },
  ...{ ER_NEW_ABORTING_CONNECTION: 1184, ER_TOO_MANY_USER_CONNECTIONS: 1203, ER_LOCK_WAIT_TIMEOUT: 1205 },
  ...{ ER_LOCK_DEADLOCK: 1213, ER_USER_LIMIT_REACHED: 1226, ER_OPTION_PREVENTS_STATEMENT: 1290 },
  ...{ ER_QUERY_INTERRUPTED: 1317, ER_TABLE_DEF_CHANGED: 1412, ER_MAX_PREPARED_STMT_COUNT_REACHED: 1461 },
  ...{ ER_XA_RBTIMEOUT: 1613, ER_XA_RBDEADLOCK: 1614, ER_NEED_REPREPARE: 1615, ER_TEMPORARY_NAME: 1635 },
  ...{ ER_RENAMED_NAME: 1636, ER_READ_ONLY_MODE: 1836, ER_MUST_CHANGE_PASSWORD_LOGIN: 1862 },
  ...{ ER_CONNECTION_KILLED: 1927, CR_SERVER_GONE_ERROR: 2006, CR_SERVER_LOST: 2013, ER_SERVER_OFFLINE_MODE: 3032 },
  ...{ ER_RUN_HOOK_ERROR: 3100, ER_ACCOUNT_HAS_BEEN_LOCKED: 3118, ER_SECURE_TRANSPORT_REQUIRED: 3159 },
  ...{ ER_SERVER_ISNT_AVAILABLE: 3168, ER_SESSION_WAS_KILLED: 3169, ER_CAPACITY_EXCEEDED: 3170 },
  ...{ ER_LOCK_NOWAIT: 3572, ER_USER_ACCESS_DENIED_FOR_USER_ACCOUNT_BLOCKED_BY_PASSWORD_LOCK: 3955 },
  ...{ ER_CLIENT_INTERACTION_TIMEOUT: 4031 },
}
const PERMANENT = {
  ...{ ER_DBACCESS_DENIED_ERROR: 1044, ER_BAD_TABLE_ERROR: 1051, ER_PARSE_ERROR: 1064, ER_NO_SUCH_TABLE: 1146 },
  ...{ ER_DIVISION_BY_ZERO: 1365, ER_DATA_OUT_OF_RANGE: 1690, ER_SP_DOES_NOT_EXIST: 1305 },
}

describe('an error of the server', () => {
  test.each(Object.entries(PASSING))('%s is retried, because the same statement may succeed later', (_, number) => {
    expect(failed(number)).toBeInstanceOf(DatabaseUnavailable)
  })

  test.each(Object.entries(PERMANENT))('%s is not retried', (_, number) => {
    expect(failed(number)).toBeInstanceOf(QueryFailed)
  })

  test('above 9999 is not about the statement, as those of a proxy', () => {
    expect(failed(9_999)).toBeInstanceOf(QueryFailed)
    expect(failed(10_000)).toBeInstanceOf(DatabaseUnavailable)
  })

  test('is told with its number and state', () => {
    const failure = { message: "Table 'shop.things' doesn't exist", errno: 1146, sqlState: '42S02' }
    expect(toCarryoutError(failure).message).toBe(
      "The database refused the query (error 1146, SQLSTATE 42S02): Table 'shop.things' doesn't exist",
    )
    expect(toCarryoutError({ message: 'Query execution was interrupted', errno: 1317 }).message).toBe(
      'The database is not available (error 1317): Query execution was interrupted',
    )
  })

  test('is told in full only if it is about the statement’s text, and no row was read yet', () => {
    const failure = { message: "Table 'shop.things' doesn't exist", errno: 1146 }
    expect(toCarryoutError(failure, [], { isRunning: true }).message).toMatch(/\): its text is not shown/)
    expect(failed(1690, 'the order of Jane Doe is broken').message).toMatch(/\): its text is not shown/)
  })

  test('that a function raised is never quoted', () => {
    const raised: ServerFailure[] = [
      { message: 'secret', errno: 1644 },
      { message: 'secret', sqlState: '45000' },
    ]
    for (const failure of raised)
      expect(toCarryoutError(failure).message).toMatch(/: a function or .* raised it \(SIGNAL\)/)
  })
})

test('an error that is not the server’s is told with its code', () => {
  for (const errno of [undefined, 0, -111]) {
    const failure = toCarryoutError({ message: 'connect ECONNREFUSED', errno, code: 'ECONNREFUSED' })
    expect(failure).toBeInstanceOf(DatabaseUnavailable)
    expect(failure.message).toBe('The database is not available (ECONNREFUSED): connect ECONNREFUSED')
  }
  expect(toCarryoutError({ message: 'closed' }).message).toBe('The database is not available: closed')
})

describe('a failed connection', () => {
  test('is told with the server’s number, or with the system’s code', () => {
    const refused = { message: 'Too many connections', errno: 1040, code: 'ER_CON_COUNT_ERROR' }
    expect(toUnavailable(refused, 'db:3306', '. Try later').message).toBe(
      'No connection to the database at db:3306 (error 1040): Too many connections. Try later',
    )
    expect(toUnavailable({ message: 'timeout', errno: -110, code: 'ETIMEDOUT' }, 'db:3306').message).toBe(
      'No connection to the database at db:3306 (ETIMEDOUT): timeout',
    )
    expect(toUnavailable({ message: 'closed' }, 'db:3306').message).toBe(
      'No connection to the database at db:3306: closed',
    )
  })

  test('shows that the server is up if the server refused it', () => {
    const unavailable = (failure: ServerFailure) => toUnavailable(failure, 'db:3306')
    expect(refusedByServer(unavailable({ message: 'Too many connections', errno: 1040 }))).toBe(true)
    expect(refusedByServer(unavailable({ message: 'the smallest number', errno: 1 }))).toBe(true)
    expect(refusedByServer(unavailable({ message: 'timeout', errno: -110 }))).toBe(false)
    expect(refusedByServer(unavailable({ message: 'closed' }))).toBe(false)
    expect(refusedByServer(new Error('without a cause'))).toBe(false)
  })
})

describe('the advice', () => {
  const aboutValue = "You have an error in your SQL syntax; near '?' at line 1"
  const aboutWrapper = "You have an error in your SQL syntax; near 'ORDER) AS carryout' at line 1"
  test.each<[string, number, string, unknown[], RegExp]>([
    [
      'on a time zone',
      1298,
      "Unknown or incorrect time zone: 'Moon'",
      [],
      /does not know the time zone .* \(error 1298\)/,
    ],
    [
      'on a missing definer',
      1045,
      "Access denied for user 'gone'",
      [],
      /\(error 1045\): .*uses a view or function whose DEFINER/,
    ],
    [
      'on a missing key',
      1054,
      "Unknown column 'carryout.id' in 'ORDER BY'",
      [],
      /returns no column id, which .* \(error 1054\)/,
    ],
    ['on GROUP BY', 1055, 'words', ['a'], /both SELECT and GROUP BY counts as two/],
    ['on DISTINCT', 3065, 'words', ['a'], /both SELECT DISTINCT and ORDER BY counts as two/],
    ['on a word', 1234, 'words', [], /may not contain this word: remove it$/],
    ['on a value in a wrong place', 1064, aboutValue, ['a'], /A value was passed where SQL allows only a name/],
    ['on the wrapper', 1064, aboutWrapper, ['a'], /The export wraps its query/],
  ])('%s is given', (_, number, message, values, advice) => {
    expect(failed(number, message, values)).toBeInstanceOf(QueryFailed)
    expect(failed(number, message, values).message).toMatch(advice)
  })

  test.each<[string, number, string, unknown[]]>([
    ['on GROUP BY without values', 1055, 'words', []],
    ['on DISTINCT without values', 3065, 'words', []],
    ['on a value without values', 1064, aboutValue, []],
    ['on a value elsewhere', 1064, "You have an error in your SQL syntax; near 'FORM t' at line 1", ['a']],
    ['on another error at a value', 1146, aboutValue, ['a']],
    ['on another error of the wrapper', 1146, aboutWrapper, ['a']],
    ['on another error', 1146, 'words', ['a']],
  ])('%s is not', (_, number, message, values) => {
    expect(failed(number, message, values).message).not.toMatch(/\. (A value|With a key|The export|The account)/)
  })

  test('on an unknown column of the query itself is none', () => {
    expect(failed(1054, "Unknown column 'shop.id' in 'SELECT'").message).toMatch(
      /^The database refused the query \(error 1054\)/,
    )
    expect(failed(1146, "Unknown column 'carryout.id'").message).not.toMatch(/returns no column/)
  })
})

test('values are hidden: long ones wherever they are, short ones in quotes', () => {
  const told = (message: string, values: unknown[]) => toCarryoutError({ message }, values).message.split(': ')[1]
  expect(told("abcd, abcde, 'abc' and abc", ['abcd', 'abc'])).toBe('(a value), (a value)e, (a value) and abc')
  expect(told('true, null and undefined', [true, null, undefined])).toBe('true, null and undefined')
})
