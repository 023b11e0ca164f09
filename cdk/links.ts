import { Duration, type RemovalPolicy, Size, Validations } from 'aws-cdk-lib'
import { type FunctionUrl, FunctionUrlAuthType, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import { env } from '../functions/common/environment.ts'
import type { DownloadBucket } from './download-bucket.ts'
import type { DownloadTable } from './download-table.ts'
import { type HandlerEnvironment, HandlerFunction } from './handler-function.ts'
import { grantValue } from './secret.ts'
import { type LinkSettings, linkConcurrency } from './settings.ts'

export interface LinksProps extends HandlerEnvironment {
  /** The bucket of the files. */
  readonly downloads: DownloadBucket
  readonly table: DownloadTable
  /** How long a link works. */
  readonly expiry: Duration
  /** How long files are kept. No link outlives its file. */
  readonly fileRetention: Duration
  readonly links: LinkSettings
  /** What happens to the secret when the stack is deleted. */
  readonly removalPolicy: RemovalPolicy
}

/**
 * The links in the e-mails: a function URL that shows a button, checks a link's HMAC and expiry, and redirects to an S3
 * URL that is valid for minutes; or the web app's own page; or none. A URL presigned by `notify` would expire with its
 * credentials, within hours.
 */
export class Links extends Construct {
  /** The function behind the links; undefined if mails lead elsewhere. */
  readonly open?: HandlerFunction
  readonly #url?: FunctionUrl
  readonly #secret?: Secret
  readonly #props: LinksProps

  constructor(scope: Construct, id: string, props: LinksProps) {
    super(scope, id)
    this.#props = props
    const { downloads, table, links, removalPolicy, prefix, logRetention } = props
    const maxConcurrency = linkConcurrency(links)
    if (maxConcurrency === undefined) return
    this.#secret = new Secret(this, 'Secret', {
      description: 'Signs the links in Carryout’s e-mails; a new value invalidates all links sent so far',
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy,
    })
    Validations.of(this.#secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'A rotation invalidates every link sent so far, so it is done by hand in an emergency',
    })
    this.open = new HandlerFunction(this, 'OpenLink', {
      prefix,
      logRetention,
      handler: 'open-link',
      description: 'Opens a link from an e-mail: shows its button, checks it and redirects to the file',
      timeout: Duration.seconds(15),
      memory: Size.mebibytes(512),
      // The URL is public. A flood of false links cannot use more than this of the account's concurrency.
      reservedConcurrency: maxConcurrency || undefined,
    })
    this.open.addEnvironment(env.NAME, prefix)
    this.#url = this.open.addFunctionUrl({ authType: FunctionUrlAuthType.NONE })
    downloads.grantReadFiles(this.open)
    table.grantReadFacts(this.open)
    this.#grantSecret(this.open)
  }

  /** Allows a function to check that a file exists, and to write the links in mails. */
  grantSign(fn: LambdaFunction) {
    const { downloads, fileRetention, links, expiry } = this.#props
    downloads.grantReadFiles(fn)
    fn.addEnvironment(env.FILE_SECONDS, String(fileRetention.toSeconds()))
    if (typeof links === 'object' && 'baseUrl' in links) fn.addEnvironment(env.LINK_BASE_URL, links.baseUrl)
    if (!this.#url) return
    fn.addEnvironment(env.LINK_URL, this.#url.url)
    fn.addEnvironment(env.LINK_SECONDS, String(expiry.toSeconds()))
    this.#grantSecret(fn)
  }

  /** Configures a function that announces failures only. Those have no link, so it may neither see files nor sign. */
  configureFailures(fn: LambdaFunction) {
    const { downloads, fileRetention } = this.#props
    fn.addEnvironment(env.BUCKET, downloads.bucket.bucketName)
    fn.addEnvironment(env.FILE_SECONDS, String(fileRetention.toSeconds()))
  }

  #grantSecret(fn: LambdaFunction) {
    fn.addEnvironment(env.LINK_SECRET_ARN, this.#secret!.secretArn)
    grantValue(fn, this.#secret!)
  }
}
