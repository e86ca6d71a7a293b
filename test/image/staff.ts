// A member of staff at the box's web address: claims it, looks, updates; through the forwarded port, as a phone on the LAN does.
import { X509Certificate } from 'node:crypto'
import { open } from 'node:fs/promises'
import { get, request } from 'node:https'
import 'reflect-metadata'
import { cryptoProvider, Pkcs10CertificateRequestGenerator } from '@peculiar/x509'
import type { EnrolmentCodeDto } from '../../hub/api/contract.ts'
import type { UpdateDto } from '../../hub/api/update-dto.ts'
import { createKeys } from '../../hub/pki/certificate.ts'

cryptoProvider.set(crypto)

const PIECE_BYTES = 1024 * 1024
const NAME = 'farmer'
const PASSWORD = 'a long enough word'
/** The machine is emulated, on a machine that others use too. */
const ANSWER_TIMEOUT_MS = 180_000

export interface Staff {
  claim(code: string): Promise<void>
  logIn(): Promise<void>
  get<T>(path: string): Promise<T>
  update(): Promise<UpdateDto>
  /** Uploads a bundle; the problem's detail when it is refused, null when it was found good. */
  upload(path: string): Promise<string | null>
  post<T>(path: string, body?: unknown): Promise<T>
  put<T>(path: string, body: unknown): Promise<T>
  /** A page over TLS by a phone that trusts the box's CA and knows it as `name`. */
  getSecurely(path: string, name: string): Promise<string>
  /** True when that phone refuses the box under `name`. */
  isStranger(path: string, name: string): Promise<boolean>
  /** Lets a node in, as its installer does. */
  enrol(uid: string, place: string, enrolPort: number): Promise<{ keyPem: string; certPem: string; caPem: string }>
}

/** `http`, `https`: the forwarded ports of the web UI. */
export function createStaff({ http, https }: { http: number; https: number }): Staff {
  const origin = `http://127.0.0.1:${http}`
  let cookie = ''

  async function ask(method: string, path: string, body?: unknown): Promise<Response> {
    const isBytes = body instanceof Uint8Array
    return fetch(`${origin}${path}`, {
      method,
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      headers: { cookie, origin, ...(body === undefined || isBytes ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: isBytes ? new Uint8Array(body) : JSON.stringify(body) }),
    })
  }
  async function good<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await ask(method, path, body)
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 400)}`)
    return (text === '' ? null : JSON.parse(text)) as T
  }
  const enter = async (path: string, body: unknown) => {
    const response = await ask('POST', path, body)
    if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`)
    cookie = /^roost_session=[\w-]+/.exec(response.headers.get('set-cookie') ?? '')?.[0] ?? ''
  }

  async function getSecurely(path: string, name: string): Promise<string> {
    const answer = await ask('GET', '/trust/roost-ca.crt')
    if (!answer.ok) throw new Error(`/trust/roost-ca.crt: ${answer.status}`)
    const ca = new X509Certificate(Buffer.from(await answer.arrayBuffer())).toString()
    return new Promise((resolve, reject) => {
      const headers = { host: name }
      const options = {
        host: '127.0.0.1',
        port: https,
        path,
        servername: name,
        ca,
        headers,
        timeout: ANSWER_TIMEOUT_MS,
      }
      const req = get(options, (res) => {
        res.setEncoding('utf8')
        let text = ''
        res.on('data', (chunk) => {
          text += chunk
        })
        res.on('end', () => (res.statusCode === 200 ? resolve(text) : reject(new Error(`${path}: ${res.statusCode}`))))
      })
      req.on('timeout', () => req.destroy(new Error('no answer')))
      req.on('error', reject)
    })
  }

  return {
    claim: (code) => enter('/api/v1/claim', { code, name: NAME, password: PASSWORD, farm: 'Hill' }),
    logIn: () => enter('/api/v1/session', { name: NAME, password: PASSWORD }),
    get: (path) => good('GET', path),
    update: () => good<UpdateDto>('GET', '/api/v1/update'),
    post: (path, body) => good('POST', path, body),
    put: (path, body) => good('PUT', path, body),
    getSecurely,
    isStranger: (path, name) =>
      getSecurely(path, name).then(
        () => false,
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'ERR_TLS_CERT_ALTNAME_INVALID') return true
          throw error
        },
      ),
    async upload(path) {
      await using file = await open(path, 'r')
      const { size } = await file.stat()
      await good('POST', '/api/v1/update', { sizeBytes: size })
      const piece = Buffer.alloc(PIECE_BYTES)
      for (let offset = 0; offset < size; ) {
        const { bytesRead } = await file.read(piece, 0, PIECE_BYTES, offset)
        const response = await ask('PUT', `/api/v1/update/pieces?offset=${offset}`, piece.subarray(0, bytesRead))
        const answer = (await response.json()) as { code?: string; detail?: string }
        if (answer.code === 'UPDATE_REFUSED') return answer.detail ?? ''
        if (!response.ok) throw new Error(`piece at ${offset}: ${response.status} ${JSON.stringify(answer)}`)
        offset += bytesRead
      }
      return null
    },
    async enrol(uid, place, enrolPort) {
      const { code } = await good<EnrolmentCodeDto>('POST', '/api/v1/enrolments', { place, uid })
      const { keys, keyPem } = await createKeys()
      const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' }
      const csr = await Pkcs10CertificateRequestGenerator.create({ name: [{ CN: [uid] }], keys, signingAlgorithm })
      const body = { csr: csr.toString('pem'), code, uid, chip: 'esp32s3', fw_version: '1.4.0' }
      const answer = await postEnrol(enrolPort, JSON.stringify(body))
      return { keyPem, certPem: answer.cert, caPem: answer.ca }
    },
  }
}

/** The node has no trust yet; a real one holds the CA against the fingerprint in its code. */
const postEnrol = (port: number, body: string) =>
  new Promise<{ cert: string; ca: string }>((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: '/enrol', method: 'POST', rejectUnauthorized: false, agent: false }
    const req = request({ ...options, timeout: ANSWER_TIMEOUT_MS }, (res) => {
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
