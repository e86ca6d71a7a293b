// For which names the UI's CA may speak: those that a box on a farm's own network can have. Whoever stole its key could not pass for a
// site of the internet on the phones that trust it. Pure.
import { BlockList, isIP, isIPv6 } from 'node:net'

/** With what is below them. They stay as they are: a leaf for a name that its CA may not speak for is refused whole. */
const DOMAINS = ['local', 'localhost', 'roost', 'lan', 'home', 'home.arpa', 'internal'] as const
/** RFC 1918, RFC 3927, RFC 4193, RFC 4291 and loopback. */
const NETWORKS = [
  ...(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16', '127.0.0.0/8'] as const),
  ...(['fc00::/7', 'fe80::/10', '::1/128'] as const),
]
const own = new BlockList()
for (const network of NETWORKS) {
  const [address, bits] = network.split('/') as [string, string]
  own.addSubnet(address, Number(bits), isIPv6(address) ? 'ipv6' : 'ipv4')
}
const DNS_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/

/** A name as a certificate holds it; null for one that the CA may not speak for. */
export function certifiable(name: string): string | null {
  const text = name.toLowerCase()
  const family = isIP(text)
  if (family !== 0) return own.check(text, family === 6 ? 'ipv6' : 'ipv4') ? text : null
  if (!DNS_NAME.test(text)) return null
  return DOMAINS.some((domain) => text === domain || text.endsWith(`.${domain}`)) ? text : null
}

/** The value of the extension 2.5.29.30: only a farm's own names and addresses (RFC 5280 §4.2.1.10). */
export function nameConstraints(): Uint8Array {
  const names = DOMAINS.map((domain) => tagged(0x82, Buffer.from(domain, 'ascii')))
  const addresses = NETWORKS.map((network) => {
    const [address, bits] = network.split('/') as [string, string]
    const bytes = addressBytes(address)
    return tagged(0x87, Buffer.concat([bytes, maskBytes(bytes.length, Number(bits))]))
  })
  const subtrees = [...names, ...addresses].map((base) => tagged(0x30, base))
  return tagged(0x30, tagged(0xa0, Buffer.concat(subtrees)))
}

/** DER: tag, length, content; content below 64 KiB. */
function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

function addressBytes(address: string): Buffer {
  if (!isIPv6(address)) return Buffer.from(address.split('.').map(Number))
  const [head = '', tail = ''] = address.split('::')
  const groups = (text: string) => text.split(':').filter(Boolean)
  const missing = 8 - groups(head).length - groups(tail).length
  const all = [...groups(head), ...Array.from({ length: missing }, () => '0'), ...groups(tail)]
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex')
}

const maskBytes = (length: number, bits: number): Buffer =>
  Buffer.from(Array.from({ length }, (_, i) => 0xff & ~(0xff >> Math.max(0, Math.min(8, bits - i * 8)))))
