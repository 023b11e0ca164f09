/** Bundles functions as they are deployed. */
import { build, type Metafile } from 'esbuild'
import { CATALOGUE_HANDLERS, type Handler, isCatalogueHandler, ROOT } from '../cdk/bundles.ts'
import { BUNDLE } from '../cdk/bundling/options.ts'
import { env } from '../functions/common/environment.ts'

/** A valid value for each variable, so that a function starts as on Lambda. */
export const ENVIRONMENT = {
  ...Object.fromEntries(Object.values(env).map((name) => [name, '1'])),
  [env.DATABASE_CLUSTER_ARN]: undefined,
  [env.DATABASE_CA_FILE]: undefined,
  [env.DATABASE_CA_SECRET_ARN]: undefined,
  [env.DATABASE_TLS]: 'required',
  [env.DATABASE_ERRORS]: 'hidden',
  [env.DATABASE_TIME_ZONE]: '+00:00',
  [env.LINK_URL]: 'https://links.example.com',
  [env.LINK_BASE_URL]: 'https://shop.example.com',
  [env.WEBHOOK_URL]: 'https://shop.example.com',
  [env.CONSOLE_URL]: undefined,
  [env.MAIL_TIME_ZONE]: undefined,
  [env.OPERATOR_LANGUAGE]: 'en',
  [env.REQUESTER_MAIL]: 'on',
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'none',
  AWS_SECRET_ACCESS_KEY: 'none',
}

/** Writes `index.mjs` and its chunks, with the sample shop’s catalogue. */
export async function bundleFunction(handler: Handler, outdir: string): Promise<Metafile> {
  const code = isCatalogueHandler(handler)
    ? `import { ${CATALOGUE_HANDLERS[handler]} as create } from './functions/${handler}.ts'
       import { catalogue } from './exports/index.ts'
       export const handler = create(catalogue)`
    : `export { handler } from './functions/${handler}.ts'`
  const { metafile } = await build({
    ...BUNDLE,
    absWorkingDir: ROOT,
    stdin: { contents: code, resolveDir: ROOT },
    outdir,
    splitting: isCatalogueHandler(handler),
    metafile: true,
  })
  return metafile
}
