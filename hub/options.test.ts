import { expect, test } from 'vitest'
import packageJson from '../package.json' with { type: 'json' }
import { isRoostError } from './core/errors.ts'
import { NODE_FLAGS, nodeVariables } from './node-flags.ts'
import { parseAddress, parseOptions } from './options.ts'

test('an option wins over the environment, and the environment over the preset', () => {
  const env = { ROOST_HTTP: '0.0.0.0:81', ROOST_DATA: '/env' }
  expect(parseOptions(['--http', 'localhost:82'], env)).toEqual({
    dataDir: '/env',
    http: { host: 'localhost', port: 82 },
    https: null,
    mqtts: { host: '0.0.0.0', port: 8883 },
    mqttsLogin: null,
    mqttPlain: null,
    enrol: { host: '0.0.0.0', port: 8443 },
    sntp: null,
    logLevel: 'info',
    firmwareDir: null,
    open: undefined,
  })
  expect(parseOptions(['--help'], {})).toBeNull()
})

test('addresses are HOST:PORT, [IPv6]:PORT or :PORT', () => {
  expect(parseAddress('farm.local:80')).toEqual({ host: 'farm.local', port: 80 })
  expect(parseAddress('[::1]:8080')).toEqual({ host: '::1', port: 8080 })
  expect(parseAddress(':8080')).toEqual({ host: '0.0.0.0', port: 8080 })
  for (const text of ['', '8080', 'host', 'host:', 'host:66000', '::1:80', 'a b:80', 'host:80x']) {
    expect(parseAddress(text), text).toBeNull()
  }
})

test('a bad option is one line that names it', () => {
  const cases: [string[], Record<string, string>, RegExp][] = [
    [['--http', 'nonsense'], {}, /^option --http: "nonsense" is not HOST:PORT$/],
    [[], { ROOST_MQTTS: 'x' }, /^environment variable ROOST_MQTTS: "x" is not HOST:PORT$/],
    [['--colour'], {}, /--colour/],
    [['--open', '--http', '0.0.0.0:80'], {}, /^option --open: .*0\.0\.0\.0/],
    [['--open'], { ROOST_HTTP: ':80' }, /^option --open/],
    [['extra'], {}, /extra/],
    [['--data'], {}, /--data/],
    [['--log', 'loud'], {}, /loud/],
  ]
  for (const [args, env, message] of cases) {
    try {
      parseOptions(args, env)
      expect.fail(`${args.join(' ')} was taken`)
    } catch (error) {
      expect(isRoostError(error, 'BAD_OPTION'), String(error)).toBe(true)
      expect((error as Error).message).toMatch(message)
      expect((error as Error).message).not.toContain('\n')
    }
  }
})

test('npm start gives the hub the flags that tests and benchmarks give it', () => {
  const variables = Object.entries(nodeVariables('node_modules/.cache/roost')).map(
    ([name, value]) => `${name}=${value}`,
  )
  expect(packageJson.scripts.start).toContain(
    `${variables.join(' ')} node_modules/.bin/node ${NODE_FLAGS.join(' ')} hub/main.ts`,
  )
})
