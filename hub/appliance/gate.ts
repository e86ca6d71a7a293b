// The health gate of a new system, run as root beside the hub: node gate.ts DATA_DIR [HTTP_PORT MQTTS_PORT]. Ends with 0 once the hub has been well for a minute
// without a break, with 1 when it does not get there in time. It looks from outside, as nodes and phones do: readiness (store, card,
// broker, event loop), the page of the web UI, and MQTT over mutual TLS.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from 'mqtt'
import { CLOCK_FLOOR_MS, createKeys, issueClient, notAfterOf, openAuthority } from '../pki/certificate.ts'
import { beginGate, judgeLook } from './gate-state.ts'

const LOOK_PERIOD_MS = 5_000
const ANSWER_TIMEOUT_MS = 20_000
/** No node has this uid: the address block is nobody's. */
const GATE_UID = 'rn-000000000000'

const [dataDir = '/data/roost', httpPort = '80', mqttsPort = '8883'] = process.argv.slice(2)

interface ClientCredentials {
  key: string
  cert: string
  ca: string
}

/** A certificate of the farm's CA for one day; the farm's CA is there once the hub has started. */
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

async function page(path: string): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${httpPort}${path}`, {
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${path} answers ${response.status}: ${text.slice(0, 300)}`)
}

/** The broker takes a client with a certificate of the farm. */
const joinBroker = (credentials: ClientCredentials) =>
  new Promise<void>((resolve, reject) => {
    const client = connect(`mqtts://127.0.0.1:${mqttsPort}`, {
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

let credentials: ClientCredentials | null = null
let lastSaid = ''
let state = beginGate(performance.now())
for (;;) {
  let wrong = ''
  try {
    await page('/readyz')
    await page('/login')
    credentials ??= await issueCredentials(dataDir)
    await joinBroker(credentials)
  } catch (error) {
    wrong = (error as Error).message
  }
  const looked = judgeLook(state, wrong === '', performance.now())
  state = looked.state
  const says = wrong || 'well'
  if (says !== lastSaid) process.stdout.write(`gate: ${says}\n`)
  lastSaid = says
  if (looked.verdict !== 'wait') {
    process.stdout.write(`gate: ${looked.verdict}\n`)
    process.exit(looked.verdict === 'good' ? 0 : 1)
  }
  await new Promise((resolve) => setTimeout(resolve, LOOK_PERIOD_MS))
}
