// Plan: what is plugged into a box: the siren's relay at a GPIO line, an SMS modem at a USB adapter, a stick with an update. The hub reaches them
// from inside its sandbox; a strange file on a stick is not shown, the update is taken, checked and found good.
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ChannelsDto } from '../../hub/api/alarm-dto.ts'
import type { StickFilesDto, UpdateDto } from '../../hub/api/update-dto.ts'
import { makeBundle, signingKeys } from '../../scripts/image-release.ts'
import { openSimModem } from '../sim/modem.ts'
import { openShell } from './shell.ts'
import { type Bench, claimCode, expect, freshCard, Hopeless, holds, MINUTE_MS, openBox, say, until } from './steps.ts'

const SMALL_BYTES = 4 * 1024 * 1024
const STICK_BYTES = 64 * 1024 * 1024
/** In the systemd of the image: 0 is closed, 10 is open. */
const EXPOSURE_MAX = 2

/** A stick as a PC formats it. What is only checked, never written, needs no real system in it. */
function makeStick({ workDir, compatible }: Bench): string {
  const at = (name: string) => join(workDir, name)
  // What does not shrink when it is packed: a bundle has a least size.
  writeFileSync(at('small.img'), randomBytes(SMALL_BYTES))
  writeFileSync(at('small-boot.img'), randomBytes(SMALL_BYTES))
  const release = { version: '99.0.0', compatible, built: '', commit: 'test' }
  const bundle = at('roost-99.0.0.raucb')
  makeBundle(bundle, { root: at('small.img'), boot: at('small-boot.img'), release, keys: signingKeys(), workDir })
  const stick = at('stick.img')
  rmSync(stick, { force: true })
  writeFileSync(stick, '')
  truncateSync(stick, STICK_BYTES)
  writeFileSync(at('letter.txt'), 'nothing for a box')
  for (const [command, ...args] of [
    ['mkfs.vfat', '-n', 'STICK', stick],
    ['mcopy', '-i', stick, bundle, at('letter.txt'), '::'],
  ] as [string, ...string[]][]) {
    const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`${command}: ${stderr}`)
  }
  return stick
}

export async function devices(bench: Bench): Promise<void> {
  await using modem = await openSimModem()
  const shellPath = join(bench.workDir, 'shell')
  const stick = await holds('a stick for the test is made', async () => makeStick(bench))
  const plugged = { stick, modem: modem.path, shell: shellPath }
  const box = await openBox(bench, freshCard(bench, 'device-card.img'), plugged)
  try {
    await holds('a box with a stick, a modem and a GPIO chip starts', async () => {
      box.power()
      await box.ready()
      await box.staff.claim(claimCode(box))
    })
    const shell = await openShell(shellPath)
    await holds('the hub’s sandbox is tight', async () => {
      const said = await shell.run('systemd-analyze security --no-pager roost-hub.service | tail -n 1')
      const exposure = Number(/: ([\d.]+)/.exec(said)?.[1])
      say(`     systemd-analyze security: ${exposure}`)
      expect(exposure <= EXPOSURE_MAX, said)
    })
    const faultOf = async (id: string) => {
      const { channels } = await box.staff.get<ChannelsDto>('/api/v1/channels')
      return channels.find((channel) => channel.id === id)?.fault
    }
    await holds('the hub holds the siren’s relay at a GPIO line', async () => {
      const siren = { kind: 'siren', name: 'Siren', chip: 'gpiochip0', line: 0 }
      await box.staff.put('/api/v1/channels/siren', siren)
      const line = async () => ((await faultOf('siren')) === null ? shell.run('gpioinfo --chip gpiochip0 0') : null)
      const held = await until(
        async () => {
          const text = await line()
          return text?.includes('consumer=gpioset') ? text : null
        },
        2 * MINUTE_MS,
        'gpioset holds the line',
        box.run!,
      )
      say(`     ${held.trim()}`)
    })
    await holds('a chip that does not exist is told as the siren’s fault', async () => {
      await box.staff.put('/api/v1/channels/siren', { kind: 'siren', name: 'Siren', chip: 'gpiochip9', line: 0 })
      await until(async () => (await faultOf('siren')) ?? null, 2 * MINUTE_MS, 'the fault', box.run!)
    })
    await holds('an SMS goes out by the modem at a USB line', async () => {
      await box.staff.put('/api/v1/channels/sms', { kind: 'sms', name: 'SMS', path: '/dev/ttyUSB0' })
      const sent = async () => {
        await box.staff.post('/api/v1/channels/sms/test', { to: '+491701234567' })
        return modem.sent[0] ?? null
      }
      const { to } = await until(sent, 3 * MINUTE_MS, 'the message', box.run!)
      expect(to === '+491701234567', `to ${to}`)
    })
    await holds('other devices stay closed to the hub', async () => {
      // Root in the hub's control group: what closes them there is the unit's device policy, and not who owns the file.
      const join = 'echo $$ >/sys/fs/cgroup/system.slice/roost-hub.service/cgroup.procs'
      for (const path of ['/dev/vda', '/dev/kmsg', '/dev/mem']) {
        const said = await shell.run(`sh -c '${join}; head -c 1 ${path} >/dev/null && echo open || echo closed'`)
        expect(/not permitted\s+closed/.test(said), `${path}: ${said}`)
      }
    })
    await holds('the stick’s update is shown, and nothing else that lies on it', async () => {
      const { files } = await until(
        async () => {
          const shown = await box.staff.get<StickFilesDto>('/api/v1/update/sticks')
          return shown.files.length > 0 ? shown : null
        },
        2 * MINUTE_MS,
        'the stick',
        box.run!,
      )
      expect(files.length === 1 && files[0]!.name === 'roost-99.0.0.raucb', JSON.stringify(files))
      const mounted = await shell.run('grep roost-stick /proc/mounts')
      for (const option of ['ro', 'nosuid', 'nodev', 'noexec']) {
        expect(mounted.split(/[ ,]/).includes(option), `mounted without ${option}: ${mounted}`)
      }
    })
    await holds('it is taken from the stick, checked, and waits for somebody to confirm', async () => {
      const { files } = await box.staff.get<StickFilesDto>('/api/v1/update/sticks')
      await box.staff.post<UpdateDto>('/api/v1/update/sticks', { path: files[0]!.path })
      const checked = await until(
        async () => {
          const status = await box.staff.update()
          if (status.failure !== null) throw new Hopeless(status.failure)
          return status.phase === 'checked' ? status : null
        },
        5 * MINUTE_MS,
        'it is checked',
        box.run!,
      )
      expect(checked.bundle?.version === '99.0.0', JSON.stringify(checked.bundle))
    })
    shell.close()
  } finally {
    await box.run?.cut()
  }
}
