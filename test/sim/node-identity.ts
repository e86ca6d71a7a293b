// The identity of a simulated node, as its flash keeps it: the key and certificate in use, and a pair that is on its way.
//
//   make a key and a request → keep them → post → keep the answer → connect with the new pair → drop the old one
//
// After a power cut anywhere the node goes on with what the flash holds; the old pair is dropped only when the hub took the new one.
import 'reflect-metadata'
import { request } from 'node:https'
import { cryptoProvider, Pkcs10CertificateRequestGenerator } from '@peculiar/x509'
import { createKeys } from '../../hub/pki/certificate.ts'

cryptoProvider.set(crypto)

export interface NodeCredentials {
  keyPem: string
  certPem: string
  caPem: string
}

/** What stays over a power cut. */
export interface NodeFlash {
  current: NodeCredentials
  next: { keyPem: string; csrPem: string; answer: { certPem: string; caPem: string } | null } | null
}

export interface NodeIdentity {
  readonly flash: NodeFlash
  /** What to connect with: the new pair when it is complete, else, and after it was refused, the old one. */
  credentials(): NodeCredentials
  /** The hub let the node in with these. */
  accepted(credentials: NodeCredentials): void
  refused(credentials: NodeCredentials): void
  /** Goes on with a renewal until the new pair is complete; false when the hub does not answer or refuses. */
  renew(): Promise<boolean>
}

export function createNodeIdentity(
  uid: string,
  flash: NodeFlash,
  enrol: { host: string; port: number } | null,
): NodeIdentity {
  let isNextRefused = false

  function credentials(): NodeCredentials {
    const { current, next } = flash
    if (!next?.answer || isNextRefused) return current
    return { keyPem: next.keyPem, ...next.answer }
  }

  return {
    flash,
    credentials,
    accepted({ certPem }) {
      const { next } = flash
      if (next?.answer?.certPem !== certPem) return
      flash.current = { keyPem: next.keyPem, ...next.answer }
      flash.next = null
    },
    refused({ certPem }) {
      isNextRefused = flash.next?.answer?.certPem === certPem
    },
    async renew() {
      if (!enrol) return false
      if (!flash.next) {
        const { keys, keyPem } = await createKeys()
        const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' }
        const csr = await Pkcs10CertificateRequestGenerator.create({ name: [{ CN: [uid] }], keys, signingAlgorithm })
        flash.next = { keyPem, csrPem: csr.toString('pem'), answer: null }
      }
      const { next, current } = flash
      if (next.answer) return true
      const answer = await post(enrol, current, JSON.stringify({ csr: next.csrPem })).catch(() => null)
      if (!answer) return false
      next.answer = { certPem: answer.cert, caPem: answer.ca }
      return true
    },
  }
}

const post = (
  { host, port }: { host: string; port: number },
  { keyPem, certPem, caPem }: NodeCredentials,
  body: string,
) =>
  new Promise<{ cert: string; ca: string }>((resolve, reject) => {
    const secure = { key: keyPem, cert: certPem, ca: caPem, servername: 'localhost' }
    const options = { host, port, path: '/rotate', method: 'POST', timeout: 10_000, agent: false, ...secure }
    const req = request(options, (res) => {
      let text = ''
      res.on('data', (chunk) => {
        text += chunk
      })
      res.on('end', () => (res.statusCode === 200 ? resolve(JSON.parse(text)) : reject(new Error(text))))
    })
    req.on('timeout', () => req.destroy(new Error('no answer')))
    req.on('error', reject)
    req.end(body)
  })
