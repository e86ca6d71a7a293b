// A node as plain as can be: the `mqtt` package over mutual TLS with a node's files, for tests that watch single messages.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import { runRoost } from '../sim/hub-process.ts'

export interface NodeFiles {
  uid: string
  dir: string
  prefix: string
}

/** Makes a node known by the command line, as an installer would, and gives where its files lie. */
export async function addNode(dataDir: string, dir: string, uid: string, place: string): Promise<NodeFiles> {
  const result = await runRoost(['node', 'add', '--uid', uid, '--place', place, '--out', dir, '--data', dataDir])
  if (result.code !== 0) throw new Error(`node add failed: ${result.stderr}`)
  return { uid, dir, prefix: `/farm/${place}` }
}

/** A node's key and certificates as text. */
export async function readCredentials(files: NodeFiles) {
  const [keyPem, certPem, caPem] = await Promise.all(
    ['node.key.pem', 'node.crt.pem', 'ca.crt.pem'].map((name) => readFile(join(files.dir, name), 'utf8')),
  )
  return { keyPem: keyPem!, certPem: certPem!, caPem: caPem! }
}

export async function connectNode(files: NodeFiles, port: number, options: IClientOptions = {}): Promise<MqttClient> {
  const [key, cert, ca] = await Promise.all(
    ['node.key.pem', 'node.crt.pem', 'ca.crt.pem'].map((name) => readFile(join(files.dir, name))),
  )
  return mqtt.connectAsync(`mqtts://localhost:${port}`, {
    clientId: files.uid,
    key: key!,
    cert: cert!,
    ca: ca!,
    reconnectPeriod: 0,
    ...options,
  })
}
