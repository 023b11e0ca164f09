/**
 * Warns if the laptop's database differs from the deployed one, because an export may work on one and fail on the
 * other.
 */
import { type Cloud, readAssembly } from '@carryout/local'
import { ENGINE_METADATA } from '../cdk/metadata.ts'

const PRODUCTS = { mysql: 'MySQL', mariadb: 'MariaDB', 'aurora-mysql': 'Aurora MySQL' } as const
type Product = keyof typeof PRODUCTS

/**
 * The version of MySQL that Aurora MySQL is compatible with:
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraMySQLReleaseNotes/AuroraMySQL.Updates.30Updates.html
 */
const AURORA_AS_MYSQL: Record<string, string> = { '2': '5.7', '3': '8.0' }

const DIFFERENCES = 'types of parameters, EXPLAIN, rules of GROUP BY and authentication differ'
const HOW_TO_GET_MYSQL =
  'CARRYOUT_DATABASE=mysql with a new --state directory brings a MySQL server (on Debian a download of up to 50 MB, once).'

/**
 * @param engine `database.engine` of the configuration; undefined means any version of MySQL
 * @returns one line, or undefined if no difference is known
 */
export function engineNotice(
  { version, kind }: Pick<Cloud['database'], 'version' | 'kind'>,
  engine: string | undefined,
): string | undefined {
  const product: Product = /mariadb/i.test(version) ? 'mariadb' : 'mysql'
  const number = /^\d+\.\d+/.exec(version)?.[0] ?? version
  const own = `The database is ${PRODUCTS[product]} ${number}`
  const wayOut = kind === 'throwaway' && product === 'mariadb' ? ` ${HOW_TO_GET_MYSQL}` : ''
  if (engine === undefined) {
    // A user who configured a MariaDB has chosen it deliberately.
    return product === 'mariadb' && kind === 'throwaway' ? `${own}, not MySQL: ${DIFFERENCES}.${wayOut}` : undefined
  }
  const [, configured, wanted] = /^(.+)-([\d.]+)$/.exec(engine) as unknown as [string, Product, string]
  const isMariaDb = configured === 'mariadb'
  const name = `${PRODUCTS[configured]} ${wanted}`
  if (isMariaDb !== (product === 'mariadb')) {
    return `${own}, but database.engine is ${name}: ${DIFFERENCES}.${isMariaDb ? '' : wayOut}`
  }
  const expected = configured === 'aurora-mysql' ? (AURORA_AS_MYSQL[wanted.split('.')[0]!] ?? wanted) : wanted
  const parts = version.split(/\D+/)
  if (expected.split('.').every((part, index) => part === parts[index])) return undefined
  return `${own}, but database.engine is ${name}: what one version accepts, another may refuse.`
}

/** Returns `database.engine` from the assembly's templates; the first if several constructs differ. */
export function configuredEngine(assembly: string): string | undefined {
  for (const { template } of readAssembly(assembly)) {
    for (const [key, value] of Object.entries(template.Metadata ?? {})) {
      if (key.startsWith(ENGINE_METADATA) && typeof value === 'string') return value
    }
  }
  return undefined
}
