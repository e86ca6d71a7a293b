// Makes a node a member of the farm: a certificate, and its place in the registry. Shared by the command line, the admin socket
// and the demo.
import type { Place } from './core/ids.ts'
import type { IssuedDevice, Pki } from './pki/pki.ts'
import type { Registry } from './registry/registry.ts'

/** What a node needs to come to its hub, and who it is. */
export interface ProvisionedNode extends IssuedDevice {
  uid: string
  place: Place
  keyPem: string
}

/**
 * Issues key and certificate for `uid` and gives it its place; both are durable when it resolves. For a node that is at this
 * place already it issues a further certificate. BAD_REQUEST, PLACE_TAKEN, DEVICE_PLACED, DISK.
 */
export async function provisionNode(
  { registry, pki }: { registry: Pick<Registry, 'add'>; pki: Pick<Pki, 'issueDevice'> },
  uid: string,
  place: Place,
): Promise<ProvisionedNode> {
  const issued = await pki.issueDevice(uid, { place })
  await registry.add(uid, place, issued)
  return { uid, place, ...issued }
}
