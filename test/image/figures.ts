// Measures on the image: what is written to the card, by whom, and memory with a hundred nodes.
// Plan: claim; a box at rest for the given minutes: sectors written; with five nodes for ten minutes at most; with a hundred: memory. With 0 minutes
// the memory only.
import { join } from 'node:path'
import type { VirtualFarm } from '../sim/virtual-farm.ts'
import { openShell, type Shell } from './shell.ts'
import {
  type Bench,
  claimCode,
  expect,
  freshCard,
  holds,
  MINUTE_MS,
  openBox,
  openNodes,
  pause,
  say,
  until,
} from './steps.ts'

const FEW_NODES = 5
const MANY_NODES = 100
const MEMORY_MAX_MIB = 350
const WRITES_MAX_MB_PER_DAY = 50
const SECTOR_BYTES = 512
const DAY_MINUTES = 24 * 60
/** After a start or a join: caches, certificates, the first buckets. */
const SETTLE_MS = 2 * MINUTE_MS

/** Bytes handed to the card since the start. */
async function writtenBytes(shell: Shell): Promise<number> {
  const line = await shell.run('sync; grep " vda " /proc/diskstats')
  return Number(line.trim().split(/\s+/)[9]) * SECTOR_BYTES
}

/** Bytes that each process caused to be written; the file system's journal is its own thread's. */
async function writersOf(shell: Shell): Promise<Map<string, number>> {
  const each = 'for d in /proc/[0-9]*; do echo "$(cat $d/comm) $(sed -n "s/^write_bytes: //p" $d/io)"; done 2>/dev/null'
  const rows = (await shell.run(`${each}; true`)).split('\n').map((row) => row.trim().split(' '))
  const sum = new Map<string, number>()
  for (const [name = '', bytes = '0'] of rows) sum.set(name, (sum.get(name) ?? 0) + (Number(bytes) || 0))
  return sum
}

/** What is written in so many minutes, said with its writers; MB a day. */
async function writes(shell: Shell, minutes: number): Promise<number> {
  const before = { bytes: await writtenBytes(shell), writers: await writersOf(shell), atMs: performance.now() }
  await pause(minutes * MINUTE_MS)
  const bytes = (await writtenBytes(shell)) - before.bytes
  const tookMinutes = (performance.now() - before.atMs) / MINUTE_MS
  const perDayMB = (value: number) => ((value / tookMinutes) * DAY_MINUTES) / 1e6
  say(`     ${bytes} bytes in ${tookMinutes.toFixed(1)} minutes: ${perDayMB(bytes).toFixed(1)} MB a day`)
  for (const [name, all] of await writersOf(shell)) {
    const own = all - (before.writers.get(name) ?? 0)
    if (own > 0) say(`     ${name}: ${perDayMB(own).toFixed(1)} MB a day`)
  }
  return perDayMB(bytes)
}

async function usedMiB(shell: Shell): Promise<number> {
  const text = await shell.run('grep -E "MemTotal|MemAvailable" /proc/meminfo')
  const kib = (name: string) => Number(new RegExp(`${name}: +(\\d+)`).exec(text)?.[1])
  return (kib('MemTotal') - kib('MemAvailable')) / 1024
}

export async function figures(bench: Bench, minutes: number): Promise<void> {
  const shellPath = join(bench.workDir, 'shell')
  const box = await openBox(bench, freshCard(bench, 'figures-card.img'), { shell: shellPath })
  let farm: VirtualFarm | null = null
  const joined = () =>
    until(
      async () => (farm!.nodes.every(({ uid }) => farm!.isLinked(uid)) ? true : null),
      20 * MINUTE_MS,
      'every node is there',
      box.run!,
    )
  try {
    await holds('a box starts and is claimed', async () => {
      box.power()
      await box.ready()
      await box.staff.claim(claimCode(box))
    })
    const shell = await openShell(shellPath)
    if (minutes > 0) {
      await holds(`a box at rest writes less than ${WRITES_MAX_MB_PER_DAY} MB a day`, async () => {
        await pause(SETTLE_MS)
        const perDayMB = await writes(shell, minutes)
        expect(perDayMB < WRITES_MAX_MB_PER_DAY, `${perDayMB.toFixed(0)} MB a day`)
      })
      await holds(`what it writes with ${FEW_NODES} nodes, each value kept before it is acknowledged`, async () => {
        farm = await openNodes(box, FEW_NODES)
        await joined()
        await pause(SETTLE_MS)
        await writes(shell, Math.min(minutes, 10))
      })
    }
    await holds(`with ${MANY_NODES} nodes it uses less than ${MEMORY_MAX_MIB} MiB`, async () => {
      say(`     ${(await usedMiB(shell)).toFixed(0)} MiB before`)
      await farm?.[Symbol.asyncDispose]()
      farm = await openNodes(box, MANY_NODES)
      await joined()
      await pause(SETTLE_MS)
      const used = await usedMiB(shell)
      say(
        `     ${used.toFixed(0)} MiB; ${(await shell.run('grep -E "VmRSS|VmHWM" /proc/$(systemctl show --property MainPID --value roost-hub.service)/status')).trim()}`,
      )
      expect(used < MEMORY_MAX_MIB, `${used.toFixed(0)} MiB`)
    })
    shell.close()
  } finally {
    await (farm as VirtualFarm | null)?.[Symbol.asyncDispose]()
    await box.run?.cut()
  }
}
