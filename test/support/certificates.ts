/** Makes certificates for a test: an authority, and the certificates that it signs. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import forge from 'node-forge'

const DAY_MILLIS = 24 * 60 * 60 * 1000

/** A certificate and its key, in PEM. */
export interface Identity {
  certificate: string
  key: string
}

export interface Authority {
  /** The authority's own certificate. */
  certificate: string
  /** @param options `from` and `to` are days from now; `address` is an IP address for which the certificate is also valid */
  sign(name: string, options?: { from?: number; to?: number; address?: string }): Identity
}

export function newAuthority(commonName = 'Carryout Test Authority'): Authority {
  const own = newKeys()
  const issuer = [{ name: 'commonName', value: commonName }]
  const usage = { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true }
  const certificate = newCertificate({ subject: issuer, issuer, from: -1000, to: 3650, keys: own, signer: own })
  certificate.setExtensions([{ name: 'basicConstraints', cA: true, critical: true }, usage])
  certificate.sign(own.privateKey, forge.md.sha256.create())
  return {
    certificate: forge.pki.certificateToPem(certificate),
    sign(name, { from = -1, to = 30, address } = {}) {
      const keys = newKeys()
      const signed = newCertificate({
        subject: [{ name: 'commonName', value: name }],
        issuer,
        from,
        to,
        keys,
        signer: own,
      })
      const altNames = [{ type: 2, value: name }, ...(address === undefined ? [] : [{ type: 7, ip: address }])]
      signed.setExtensions([{ name: 'subjectAltName', altNames }])
      signed.sign(own.privateKey, forge.md.sha256.create())
      return { certificate: forge.pki.certificateToPem(signed), key: keys.pem }
    },
  }
}

interface Keys {
  publicKey: forge.pki.rsa.PublicKey
  privateKey: forge.pki.rsa.PrivateKey
  pem: string
}

/** Generates keys with Node's OpenSSL, because forge takes seconds, in PKCS #1, which every server can read. */
function newKeys(): Keys {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
  const key = forge.pki.privateKeyFromPem(pem)
  return { publicKey: forge.pki.setRsaPublicKey(key.n, key.e), privateKey: key, pem }
}

function newCertificate(options: {
  subject: forge.pki.CertificateField[]
  issuer: forge.pki.CertificateField[]
  from: number
  to: number
  keys: Keys
  signer: Keys
}): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate()
  certificate.serialNumber = `01${randomBytes(8).toString('hex')}`
  certificate.publicKey = options.keys.publicKey
  certificate.validity.notBefore = new Date(Date.now() + options.from * DAY_MILLIS)
  certificate.validity.notAfter = new Date(Date.now() + options.to * DAY_MILLIS)
  certificate.setSubject(options.subject)
  certificate.setIssuer(options.issuer)
  return certificate
}
