import { Duration, type RemovalPolicy, Size, Validations } from 'aws-cdk-lib'
import { type FunctionUrl, FunctionUrlAuthType, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import { env } from '../functions/common/environment.ts'
import type { DownloadBucket } from './download-bucket.ts'
import { type HandlerEnvironment, HandlerFunction } from './handler-function.ts'

/** The URL is public: a flood of false links takes no more than this from what the account's functions share. */
const OPENED_AT_ONCE = 10

export interface LinksProps extends HandlerEnvironment {
  /** Where the files lie. */
  readonly downloads: DownloadBucket
  /** How long a link opens. */
  readonly expiry: Duration
  /** What becomes of the secret when the stack is deleted. */
  readonly removalPolicy: RemovalPolicy
}

/**
 * The links in the e-mails: a function URL that checks a link's HMAC and end, and redirects to a URL of S3 that lives
 * for minutes. A URL presigned by `notify` would die with its credentials, within hours.
 */
export class Links extends Construct {
  readonly open: HandlerFunction
  readonly url: FunctionUrl
  readonly #secret: Secret
  readonly #expiry: Duration

  constructor(scope: Construct, id: string, { downloads, expiry, removalPolicy, ...environment }: LinksProps) {
    super(scope, id)
    this.#expiry = expiry
    this.#secret = new Secret(this, 'Secret', {
      description: 'Signs the links in Carryout’s e-mails; a new value ends all links that were sent',
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy,
    })
    Validations.of(this.#secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'A rotation ends every link that was sent, so it is for an emergency, by hand',
    })
    this.open = new HandlerFunction(this, 'OpenLink', {
      ...environment,
      handler: 'open-link',
      description: 'Opens a link from an e-mail: checks it and redirects to the file',
      timeout: Duration.seconds(15),
      memory: Size.mebibytes(512),
      reservedConcurrency: OPENED_AT_ONCE,
    })
    this.url = this.open.addFunctionUrl({ authType: FunctionUrlAuthType.NONE })
    downloads.grantReadFiles(this.open)
    this.#grantSecret(this.open)
  }

  /** Lets a function write links. */
  grantSign(fn: LambdaFunction) {
    fn.addEnvironment(env.LINK_URL, this.url.url)
    fn.addEnvironment(env.LINK_SECONDS, String(this.#expiry.toSeconds()))
    this.#grantSecret(fn)
  }

  #grantSecret(fn: LambdaFunction) {
    fn.addEnvironment(env.LINK_SECRET_ARN, this.#secret.secretArn)
    this.#secret.grantRead(fn)
  }
}
