/** The files of a stranger's app: a library's stack, with a VPC and an RDS instance of its own, and one export. */

const STACK = `import { RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { FlowLogDestination, Vpc } from 'aws-cdk-lib/aws-ec2';
import { DatabaseInstance, DatabaseInstanceEngine, MysqlEngineVersion } from 'aws-cdk-lib/aws-rds';
import type { Construct } from 'constructs';
import { Carryout } from 'carryout/cdk';

export class LibraryStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const flowLogs = { all: { destination: FlowLogDestination.toCloudWatchLogs() } };
    const vpc = new Vpc(this, 'Vpc', { maxAzs: 2, flowLogs });
    const db = new DatabaseInstance(this, 'Db', {
      engine: DatabaseInstanceEngine.mysql({ version: MysqlEngineVersion.of('8.4.8', '8.4') }),
      vpc,
      port: 3307,
      multiAz: true,
      iamAuthentication: true,
      storageEncrypted: true,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(db).acknowledge({ id: 'AwsSolutions-SMG4', reason: 'Rotated by hand' });
    const carryout = new Carryout(this, 'Downloads', {
      catalogue: 'exports/index.ts',
      vpc,
      database: { host: db.instanceEndpoint.hostname, port: db.instanceEndpoint.port, name: 'library', secret: db.secret! },
    });
    db.connections.allowDefaultPortFrom(carryout);
  }
}
`
const app = (stack: string) => `import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { LibraryStack } from '${stack}';

const app = new App();
new LibraryStack(app, 'Library');
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();
`
const CATALOGUE = `import { defineCatalogue, defineExport, sql, z } from 'carryout'

const books = defineExport({
  name: 'books',
  title: 'Books',
  params: z.strictObject({ since: z.int() }),
  query: ({ since }) => sql\`SELECT id, title, year FROM books WHERE year >= \${since}\`,
  key: 'id',
  columns: { id: 'No.', title: 'Title', year: 'Year' },
})
export const catalogue = defineCatalogue([books])
`
const SEED = `CREATE TABLE books (id INT PRIMARY KEY, title VARCHAR(100) NOT NULL, year INT NOT NULL);
INSERT INTO books VALUES (1, 'Kokoro', 1914), (2, '雪国', 1937), (3, 'Norwegian Wood', 1987);
`
/** Of the books since 1930. */
export const FILE = 'No.,Title,Year\r\n2,雪国,1937\r\n3,Norwegian Wood,1987\r\n'

const both = { 'exports/index.ts': CATALOGUE, 'seed.sql': SEED }

/** For an app of `cdk init`, which is CommonJS. */
export const TYPESCRIPT = { 'bin/library.ts': app('../lib/library-stack'), 'lib/library-stack.ts': STACK, ...both }

/** Plain JavaScript modules. */
export const ESM = {
  'cdk.json': JSON.stringify({ app: 'node bin/app.mjs' }),
  'bin/app.mjs': app('../lib/stack.mjs'),
  'lib/stack.mjs': STACK.replaceAll(/import type .*\n/g, '')
    .replaceAll('type StackProps, ', '')
    .replace('(scope: Construct, id: string, props?: StackProps)', '(scope, id, props)')
    .replaceAll('secret!', 'secret'),
  ...both,
}

/** Synthesizes by `require`, on whatever Node runs it. */
export const REQUIRED = {
  'required.cjs': `const { App, Stack } = require('aws-cdk-lib');
const { Secret } = require('aws-cdk-lib/aws-secretsmanager');
const { Carryout } = require('carryout/cdk');
const { defineExport, sql, z } = require('carryout');

const app = new App({ outdir: process.argv[2] });
const stack = new Stack(app, 'Required');
new Carryout(stack, 'Downloads', {
  catalogue: 'exports/index.ts',
  database: {
    clusterArn: 'arn:aws:rds:eu-west-1:111122223333:cluster:library',
    name: 'library',
    secret: new Secret(stack, 'Secret'),
  },
});
app.synth();
console.log([process.versions.node, typeof defineExport, typeof sql, typeof z.strictObject].join(' '));
`,
}
