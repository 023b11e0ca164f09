import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ENGINE_METADATA } from '../../cdk/metadata.ts'
import { configuredEngine, engineNotice } from '../../laptop/engine-notice.ts'
import { writeAssembly } from '../../local/test/assembly.ts'

const MARIADB = { version: '10.11.18-MariaDB-0+deb12u1', kind: 'throwaway' } as const
const MYSQL = { version: '9.7.4-2', kind: 'throwaway' } as const

describe('the notice of a laptop’s database', () => {
  it('says that a throwaway MariaDB is not MySQL, and how to have MySQL', () => {
    expect(engineNotice(MARIADB, undefined)).toMatch(
      /^The database is MariaDB 10\.11, not MySQL: .*CARRYOUT_DATABASE=mysql/,
    )
  })

  it.each([
    [
      'MariaDB instead of MySQL',
      MARIADB,
      'mysql-8.4',
      /MariaDB 10\.11, but database\.engine is MySQL 8\.4: types.*CARRYOUT_DATABASE=mysql/,
    ],
    ['MariaDB instead of Aurora', MARIADB, 'aurora-mysql-3', /MariaDB 10\.11, but database\.engine is Aurora MySQL 3/],
    ['MySQL instead of MariaDB', MYSQL, 'mariadb-10.11', /MySQL 9\.7, but database\.engine is MariaDB 10\.11/],
    ['another version', MYSQL, 'mysql-8.0', /MySQL 9\.7, but database\.engine is MySQL 8\.0: what one version accepts/],
    ['a version that merely begins alike', { ...MYSQL, version: '8.40.1' }, 'mysql-8.4', /MySQL 8\.40/],
    ['MySQL 9 instead of Aurora', MYSQL, 'aurora-mysql-3', /MySQL 9\.7, but database\.engine is Aurora MySQL 3/],
  ] as const)('mentions %s', (_what, database, engine, line) => {
    expect(engineNotice(database, engine)).toMatch(line)
    expect(engineNotice(database, engine)).not.toContain('\n')
  })

  it('does not advise on the server in DATABASE_URL', () => {
    const external = { ...MARIADB, kind: 'external' } as const
    expect(engineNotice(external, 'mysql-8.4')).not.toContain('CARRYOUT_DATABASE')
    expect(engineNotice(external, undefined)).toBeUndefined()
  })

  it.each([
    [MYSQL, undefined],
    [MYSQL, 'mysql-9'],
    [MYSQL, 'mysql-9.7'],
    [{ ...MYSQL, version: '8.0.36' }, 'aurora-mysql-3'],
    [MARIADB, 'mariadb-10.11'],
  ] as const)('is omitted if nothing differs: %j, %s', (database, engine) => {
    expect(engineNotice(database, engine)).toBeUndefined()
  })
})

describe('the configured engine', () => {
  let assembly: string
  beforeEach(async () => {
    assembly = await mkdtemp(join(tmpdir(), 'carryout-engine-notice-'))
  })
  afterEach(() => rm(assembly, { recursive: true }))

  it('is read from the templates of the assembly', () => {
    writeAssembly(assembly, { Metadata: { cdk_nag: {}, [`${ENGINE_METADATA}Shop/Carryout`]: 'mysql-8.4' } })
    expect(configuredEngine(assembly)).toBe('mysql-8.4')
  })

  it('is unknown if no template has it', () => {
    writeAssembly(assembly, { Resources: {} })
    expect(configuredEngine(assembly)).toBeUndefined()
  })
})
