// One look at a running hub from outside, as nodes and phones see it: readiness (store, card, broker, event loop), the page of the web UI,
// and MQTT over mutual TLS.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from 'mqtt'
import { CLOCK_FLOOR_MS, createKeys, issueClient, notAfterOf, openAuthority } from '../pki/certificate.ts'

const ANSWER_TIMEOUT_MS = 20_000
/** No node has this uid: the address block is nobody's. */
const GATE_UID = 'rn-000000000000'

interface ClientCredentials {
  key: string
  cert: string
  ca: string
}

/** Looks at the hub that has its data in `dataDir` and its ports on loopback; a look rejects with what is wrong. */
export function createLook(dataDir: string, httpPort: number, mqttsPort: number): () => Promise<void> {
  let credentials: ClientCredentials | null = null
  return async () => {
    await getPage(httpPort, '/readyz')
    await getPage(httpPort, '/login')
    // The farm's CA is there once the hub has started.
    credentials ??= await issueCredentials(dataDir)
    await joinBroker(mqttsPort, credentials)
  }
}

/** A certificate of the farm's CA for one day. */
async function issueCredentials(dataDir: string): Promise<ClientCredentials> {
  // Key and certificate in one file (pki/ca-file.ts).
  const pem = await readFile(join(dataDir, 'pki/ca.pem'), 'utf8')
  const certificateAt = pem.indexOf('-----BEGIN CERTIFICATE-----')
  const ca = { keyPem: pem.slice(0, certificateAt), certPem: pem.slice(certificateAt) }
  const authority = await openAuthority(ca)
  const { keys, keyPem } = await createKeys()
  const notAfter = notAfterOf(Math.max(Date.now(), CLOCK_FLOOR_MS), 1)
  const { certPem } = await issueClient(authority, GATE_UID, keys.publicKey, notAfter)
  return { key: keyPem, cert: certPem, ca: ca.certPem }
}

async function getPage(port: number, path: string): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${path} answers ${response.status}: ${text.slice(0, 300)}`)
}

/** The broker takes a client with a certificate of the farm. */
const joinBroker = (port: number, credentials: ClientCredentials) =>
  new Promise<void>((resolve, reject) => {
    const client = connect(`mqtts://127.0.0.1:${port}`, {
      ...credentials,
      clientId: GATE_UID,
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: ANSWER_TIMEOUT_MS,
      // The name is the box's own address; that the farm's CA signed it is what counts. The clock may be unset.
      rejectUnauthorized: false,
    })
    client.once('connect', () => {
      resolve()
      client.end(true)
    })
    // After the first of the two, and after the connect, nothing that comes counts.
    client.once('error', (error) => {
      reject(new Error(`broker: ${error.message}`))
      client.end(true)
    })
    client.once('close', () => reject(new Error('broker: closed the connection')))
  })
