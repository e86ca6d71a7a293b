import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, test } from 'vitest'
import { bootSlotsContract, type SlotsBox } from '../core/boot-slots.contract.ts'
import { createRealClock } from './clock.ts'
import { bundleInfoOf, createRauc, unwrap } from './rauc.ts'

const BACKEND = fileURLToPath(new URL('../../image/overlay/usr/lib/roost/boot-slots', import.meta.url))
/** RAUC behind the bus, as far as the hub speaks to it: signatures are words in a file; its boot backend is the image's own script. */
const BUS = String.raw`#!/bin/sh
dir=$(dirname "$0")
for each in "$@"; do case $each in "$dir"/bundle-*) bundle=$each ;; esac; done
word() { sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p' "$bundle"; }
case "$*" in
  *InspectBundle*)
    [ "$(word signedBy)" = farm ] || { echo 'Call failed: signature verification failed' >&2; exit 1; }
    printf '{"type":"a{sv}","data":[{"update":{"type":"a{sv}","data":{"compatible":{"type":"s","data":"%s"},' "$(word compatible)"
    printf '"version":{"type":"s","data":"%s"},"build":{"type":"s","data":"%s"}}}}]}' "$(word version)" "$(word build)"
    ;;
  *InstallBundle*)
    mv "$dir/breaks" "$dir/error" 2>/dev/null && exit 0
    : >"$dir/error"
    [ "$(cat "$dir/slot")" = A ] && sh "$BACKEND" set-primary B || sh "$BACKEND" set-primary A
    ;;
  *get-property*) printf '{"type":"s","data":"idle"}\n{"type":"(isi)","data":[100,"done",1]}\n{"type":"s","data":"%s"}\n' "$(cat "$dir/error")" ;;
  *StartUnit*) mv "$dir/state/trial" "$dir/state/tried" ;;
  *) exit 2 ;;
esac
`

async function openBox(): Promise<SlotsBox> {
  const dir = mkdtempSync(join(tmpdir(), 'roost-rauc-'))
  const at = (name: string) => join(dir, name)
  const env = { ROOST_SELECT: dir, ROOST_BOOT_STATE: at('state'), ROOST_SLOT_FILE: at('slot'), BACKEND }
  const exported = Object.entries(env).map(([name, value]) => `export ${name}='${value}'\n`)
  writeFileSync(at('busctl'), BUS.replace('\n', `\n${exported.join('')}`), { mode: 0o755 })
  writeFileSync(at('autoboot.txt'), '[all]\ntryboot_a_b=1\nboot_partition=2\n[tryboot]\nboot_partition=3\n'.padEnd(512))
  writeFileSync(at('slot'), 'A\n')
  mkdirSync(at('state'))
  const backend = (...args: string[]) => {
    const { status, stderr } = spawnSync('sh', [BACKEND, ...args], {
      env: { ...process.env, ...env },
      encoding: 'utf8',
    })
    assert.equal(status, 0, stderr)
  }
  const clock = createRealClock()
  const impatient = { ...clock, after: (_ms: number, work: () => void) => clock.after(1, work) }
  let count = 0
  return {
    slots: createRauc({ runDir: dir, stateDir: at('state'), clock: impatient, command: at('busctl') }),
    async file(bundle) {
      const path = at(`bundle-${++count}`)
      writeFileSync(path, bundle ? JSON.stringify(bundle) : 'text')
      return path
    },
    breakWith: (reason) => writeFileSync(at('breaks'), reason),
    started: () => writeFileSync(at('slot'), readFileSync(at('state/tried'))),
    // What image/overlay/usr/lib/roost/confirm does.
    judged(verdict) {
      const tried = readFileSync(at('state/tried'), 'utf8').trim()
      if (verdict === 'good') {
        backend('set-state', tried, 'good')
        rmSync(at('state/tried'))
        return
      }
      writeFileSync(at('slot'), 'A\n')
      backend('set-state', tried, 'bad')
      writeFileSync(at('state/failed'), `${tried}\n`)
      rmSync(at('state/tried'))
    },
    async [Symbol.asyncDispose]() {
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

describe('the boot slots over RAUC', () => bootSlotsContract(openBox))

test('an answer of the bus loses its types at every depth', () => {
  const told =
    '{"type":"a{sv}","data":[{"update":{"type":"a{sv}","data":{"compatible":{"type":"s","data":"pi"},"version":{"type":"s","data":"1.2.3"}}}}]}'
  assert.deepEqual(unwrap(JSON.parse(told)), [{ update: { compatible: 'pi', version: '1.2.3' } }])
  assert.deepEqual(bundleInfoOf(unwrap(JSON.parse(told))), { compatible: 'pi', version: '1.2.3', build: '' })
  assert.deepEqual(unwrap(JSON.parse('{"type":"(isi)","data":[40,"Copying",2]}')), [40, 'Copying', 2])
})

test('an answer that says no version is none', () => {
  for (const answer of [null, [], [{}], [{ update: {} }], [{ update: { compatible: 'pi', version: 7 } }], 'text']) {
    assert.equal(bundleInfoOf(answer), null)
  }
})
