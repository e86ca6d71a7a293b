// What the hub is told at start, by option or environment variable; the option wins. Pure.
import { parseArgs } from 'node:util'
import { RoostError } from './core/errors.ts'
import { LOG_LEVELS, type LogLevel } from './core/log.ts'

export interface Address {
  host: string
  port: number
}

export interface HubOptions {
  dataDir: string
  http: Address
  /** The web UI over TLS too; null or absent: off. */
  https?: Address | null
  mqtts: Address
  /** MQTT over TLS with name and password; null: off. */
  mqttsLogin: Address | null
  /** Plain MQTT for legacy devices; null: off. */
  mqttPlain: Address | null
  /** HTTPS on which new nodes come in and all of them renew; null or absent: off. */
  enrol?: Address | null
  /** Time for the nodes by SNTP (UDP); null: off. */
  sntp: Address | null
  logLevel: LogLevel
  /** Node firmware that the appliance image carries; null or absent: none. */
  firmwareDir?: string | null
  /**
   * No accounts: whoever reaches the web UI may everything. For development, on loopback only. Not told: so it is until the box is
   * claimed, when only this machine reaches it and no code was given.
   */
  open?: boolean | undefined
  /** The code printed on the box; else the hub makes one up. */
  claimCode?: string
}

export const USAGE = `Usage: npm start -- [options]

  --data DIR               data directory, made when missing        ROOST_DATA         ./roost-data
  --http HOST:PORT         web UI and API                           ROOST_HTTP         127.0.0.1:8080
  --https HOST:PORT        the same over TLS (see /trust)           ROOST_HTTPS        off
  --mqtts HOST:PORT        MQTT for nodes: TLS with certificates    ROOST_MQTTS        0.0.0.0:8883
  --mqtts-login HOST:PORT  MQTT for tools: TLS, name and password   ROOST_MQTTS_LOGIN  off
  --mqtt HOST:PORT         MQTT for legacy devices: unencrypted;    ROOST_MQTT         off
                           HOST may be an interface, as eth0.20
  --enrol HOST:PORT        HTTPS for new nodes and renewals         ROOST_ENROL        0.0.0.0:8443
  --sntp HOST:PORT         time for nodes by SNTP (UDP), port 123   ROOST_SNTP         off
  --firmware DIR           node firmware that the system carries    ROOST_FIRMWARE     none
  --log LEVEL              ${LOG_LEVELS.join(', ').padEnd(40)} ROOST_LOG          info
  --open                   no accounts: whoever is on this machine   (no variable)      until claimed, when
                           may everything; --no-open asks for the                      --http is this
                           claim even from this machine                                machine only
  --help

ROOST_CLAIM_CODE is the code with which a new box is claimed; without it the hub makes one up and logs it.
`

/** HOST:PORT, [IPv6]:PORT or :PORT (every address of the machine); port 0 takes any free one. Null when it is none of these. */
export function parseAddress(text: string): Address | null {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]*)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (!match || port > 65_535) return null
  return { host: match[1] ?? (match[2] || '0.0.0.0'), port }
}

/** True when only this machine can reach the address. */
export const isLoopback = (host: string) => host === 'localhost' || host === '::1' || host.startsWith('127.')

/** The options, or null when help is asked for. Error: BAD_OPTION, naming the option or variable. */
export function parseOptions(args: string[], env: Record<string, string | undefined>): HubOptions | null {
  const options = readArgs(args)
  if (options.help) return null
  const pick = (option: string | undefined, optionName: string, variable: string, preset: string) =>
    option !== undefined
      ? { text: option, from: `option --${optionName}` }
      : env[variable]
        ? { text: env[variable], from: `environment variable ${variable}` }
        : { text: preset, from: 'preset' }

  const address = ({ text, from }: { text: string; from: string }): Address => {
    const parsed = parseAddress(text)
    if (!parsed) throw new RoostError('BAD_OPTION', `${from}: "${text}" is not HOST:PORT`)
    return parsed
  }
  const optional = (given: { text: string; from: string }) => (given.text === 'off' ? null : address(given))
  const data = pick(options.data, 'data', 'ROOST_DATA', './roost-data')
  if (data.text === '') throw new RoostError('BAD_OPTION', `${data.from}: the data directory is empty`)
  const level = pick(options.log, 'log', 'ROOST_LOG', 'info')
  const logLevel = LOG_LEVELS.find((name) => name === level.text)
  if (!logLevel)
    throw new RoostError('BAD_OPTION', `${level.from}: "${level.text}" is none of ${LOG_LEVELS.join(', ')}`)
  const http = address(pick(options.http, 'http', 'ROOST_HTTP', '127.0.0.1:8080'))
  const https = optional(pick(options.https, 'https', 'ROOST_HTTPS', 'off'))
  const far = [http, https ?? http].find(({ host }) => !isLoopback(host))
  if (options.open && far) {
    throw new RoostError('BAD_OPTION', `option --open: without accounts the web UI must not listen on ${far.host}`)
  }
  return {
    dataDir: data.text,
    http,
    open: options.open,
    ...(env.ROOST_CLAIM_CODE ? { claimCode: parseClaimCode(env.ROOST_CLAIM_CODE) } : {}),
    https,
    mqtts: address(pick(options.mqtts, 'mqtts', 'ROOST_MQTTS', '0.0.0.0:8883')),
    mqttsLogin: optional(pick(options['mqtts-login'], 'mqtts-login', 'ROOST_MQTTS_LOGIN', 'off')),
    mqttPlain: optional(pick(options.mqtt, 'mqtt', 'ROOST_MQTT', 'off')),
    enrol: optional(pick(options.enrol, 'enrol', 'ROOST_ENROL', '0.0.0.0:8443')),
    sntp: optional(pick(options.sntp, 'sntp', 'ROOST_SNTP', 'off')),
    logLevel,
    firmwareDir: (options.firmware ?? env.ROOST_FIRMWARE) || null,
  }
}

const CLAIM_CODE_MIN = 8
function parseClaimCode(text: string): string {
  if (text.replace(/[^0-9A-Za-z]/g, '').length >= CLAIM_CODE_MIN) return text
  // The code itself is not for the log.
  throw new RoostError(
    'BAD_OPTION',
    `environment variable ROOST_CLAIM_CODE: fewer than ${CLAIM_CODE_MIN} letters and digits`,
  )
}

function readArgs(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      strict: true,
      allowPositionals: false,
      allowNegative: true,
      options: {
        data: { type: 'string' },
        http: { type: 'string' },
        https: { type: 'string' },
        mqtts: { type: 'string' },
        'mqtts-login': { type: 'string' },
        mqtt: { type: 'string' },
        enrol: { type: 'string' },
        sntp: { type: 'string' },
        log: { type: 'string' },
        firmware: { type: 'string' },
        open: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    return values
  } catch (cause) {
    const [firstSentence] = (cause as Error).message.split('. ')
    throw new RoostError('BAD_OPTION', `${firstSentence} (--help shows the options)`, { cause })
  }
}
