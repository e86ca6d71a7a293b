// NetworkManager's command line as the box's scripts use it, on a JSON file: connections by name, which of them are up, and the Wi-Fi in reach.
import { readFileSync, writeFileSync } from 'node:fs'

const path = process.env.NMCLI_STATE
const state = JSON.parse(readFileSync(path, 'utf8'))
const args = process.argv.slice(2)
const save = () => writeFileSync(path, JSON.stringify(state))
const out = (lines) => process.stdout.write(lines.map((line) => `${line}\n`).join(''))
function fail(text) {
  process.stderr.write(`Error: ${text}\n`)
  process.exit(4)
}

if (args[0] === '--wait' || args[0] === '--escape') args.splice(0, 2)
const fields = args[0] === '-g' ? args.splice(0, 2)[1] : null
const [object, verb, name, ...rest] = args
const { connections, active, farms } = state

if (object === 'device' && verb === 'wifi') out(name === 'list' ? Object.keys(farms) : [])
else if (object === 'device')
  out(
    fields === 'TYPE'
      ? ['wifi', 'ethernet']
      : [`wifi:${active ? 'connected' : 'disconnected'}`, 'ethernet:unavailable'],
  )
else if (verb === 'show' && name === '--active') out(active ? [fields === 'NAME' ? active : `wlan0:${active}`] : [])
else if (verb === 'show') out(Object.keys(connections))
else if (verb === 'add') {
  const value = (key) => args[args.indexOf(key) + 1]
  connections[value('con-name')] = { ssid: value('ssid'), psk: value('wifi-sec.psk') }
} else if (!connections[name]) fail(`unknown connection '${name}'`)
else if (verb === 'delete') {
  delete connections[name]
  if (active === name) state.active = null
} else if (verb === 'down') {
  if (active !== name) fail('not an active connection')
  state.active = null
} else if (verb === 'modify') {
  const id = rest[rest.indexOf('connection.id') + 1]
  connections[id] = connections[name]
  delete connections[name]
  if (active === name) state.active = id
} else if (verb === 'up') {
  const { ssid, psk } = connections[name]
  // One radio: what was there goes, also when the new one fails.
  state.active = null
  save()
  if (name !== 'roost-hotspot' && farms[ssid] === undefined) fail(`The Wi-Fi network could not be found`)
  if (name !== 'roost-hotspot' && farms[ssid] !== psk)
    fail('Connection activation failed: Secrets were required, but not provided')
  state.active = name
} else fail(`unknown: ${args.join(' ')}`)
save()
