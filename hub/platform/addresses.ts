// Where this machine is reached on its networks.
import { hostname, networkInterfaces } from 'node:os'

export const machineAddresses = {
  hostname: (): string => hostname(),
  /** Without loopback, and without addresses that only the same cable knows. */
  addresses: (): { interface: string; address: string }[] =>
    Object.entries(networkInterfaces()).flatMap(([name, all]) =>
      (all ?? [])
        .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
        .map(({ address }) => ({ interface: name, address })),
    ),
}
