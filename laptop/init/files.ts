/** The files that `carryout init` writes, by name. */
import type { ExportSource } from './export-source.ts'
import { literal } from './source-text.ts'

const CONSTRUCT = (schema: string, indent: string) =>
  `{
  catalogue: 'exports/index.ts',
  vpc,
  database: { host: 'database.example.internal', name: ${literal(schema)}, secret },
}`.replaceAll('\n', `\n${indent}`)

/** Files for a folder without a CDK app. */
export const appFiles = (schema: string): Record<string, string> => ({
  'cdk.json': `${JSON.stringify({ app: 'node app.mts' }, null, 2)}\n`,
  'app.mts': `import { App, Stack } from 'aws-cdk-lib'
import { Vpc } from 'aws-cdk-lib/aws-ec2'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Carryout } from 'carryout/cdk'

const app = new App()
const stack = new Stack(app, 'Carryout')

// Before you deploy, set your own network, database and secret. A laptop needs none of them.
const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', {
  vpcId: 'vpc-0123456789abcdef0',
  availabilityZones: ['eu-west-1a'],
  privateSubnetIds: ['subnet-0123456789abcdef0'],
})
const secret = Secret.fromSecretNameV2(stack, 'DatabaseSecret', 'database')

new Carryout(stack, 'Carryout', ${CONSTRUCT(schema, '')})
`,
})

export const catalogueFiles = ({ name, constant, code }: ExportSource): Record<string, string> => ({
  [`exports/${name}.ts`]: code,
  'exports/index.ts': `import { defineCatalogue } from 'carryout'
import { ${constant} } from './${name}.js'

export const catalogue = defineCatalogue([${constant}])
`,
})

/** Files for a throwaway database with a thousand orders of the year 2026. */
export const seedFiles: Record<string, string> = {
  'seed.sql': `CREATE TABLE orders (
  id INT PRIMARY KEY,
  ordered_at DATETIME NOT NULL,
  customer VARCHAR(100) NOT NULL,
  amount DECIMAL(10, 2) NOT NULL,
  KEY (ordered_at)
);
INSERT INTO orders
  WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1000)
  SELECT n, '2026-01-01 09:00:00' + INTERVAL n * 500 MINUTE, CONCAT('Customer ', n % 97), n * 7 % 1000 + 0.5 FROM numbers;
`,
}

export const packageFile = (name: string, version: string): Record<string, string> => ({
  'package.json': `${JSON.stringify(
    {
      name,
      private: true,
      type: 'module',
      scripts: { local: 'carryout local', synth: 'cdk synth --quiet', deploy: 'cdk deploy' },
      dependencies: { 'aws-cdk-lib': '^2.269.0', carryout: `^${version}`, constructs: '^10.5.1' },
      devDependencies: { 'aws-cdk': '^2.1148.1' },
    },
    null,
    2,
  )}\n`,
})

/** Lines to paste into the stack of an existing CDK app. */
export const stackLines = (schema: string): string[] => [
  "import { Carryout } from 'carryout/cdk'",
  '',
  "const carryout = new Carryout(this, 'Carryout', {",
  "  catalogue: 'exports/index.ts',",
  '  vpc,',
  '  database: {',
  '    host: db.instanceEndpoint.hostname,',
  '    port: db.instanceEndpoint.port,',
  `    name: ${literal(schema)},`,
  '    secret: db.secret!,',
  '  },',
  '})',
  'db.connections.allowDefaultPortFrom(carryout)',
]
