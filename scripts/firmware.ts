// What can be said about the firmware's core without a board: branch coverage, sizes on riscv32, fuzzing.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { deepestPath, readCallGraph, type StackFunction, type StackRules } from './firmware-stack.ts'

const USAGE = `Usage: npm run firmware -- coverage | size | fuzz [seconds for each target, 60]
  coverage   branches of the core and the drivers that the host tests take, by file (gcov); fails below 90 % of the core
  size       code and constants for riscv32 (gcc-riscv64-unknown-elf), memory of a whole node, and the deepest stack of each way in
  fuzz       every decoder under libFuzzer (clang)
`

const root = fileURLToPath(new URL('..', import.meta.url))
const firmware = join(root, 'firmware')
const cache = join(root, '.cache', 'firmware')
const BRANCHES_MIN_PERCENT = 90
const FUZZ_PRESET_S = 60

function run(command: string, args: string[], cwd = root): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 1 << 28 })
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? `${stdout}${stderr}`.slice(-8_000)}`)
  return `${stdout}${stderr}`
}

interface GcovFile {
  file: string
  lines: { count: number; branches: { count: number; throw: boolean }[] }[]
}

function coverage(): boolean {
  const build = join(cache, 'coverage')
  rmSync(build, { recursive: true, force: true })
  run('cmake', ['-S', firmware, '-B', build, '-DCMAKE_C_COMPILER=gcc', '-DROOST_SANITIZE=OFF', '-DROOST_COVERAGE=ON'])
  run('cmake', ['--build', build, '--parallel', '2'])
  run('ctest', ['--test-dir', build, '--output-on-failure'])
  const totals = new Map<string, [taken: number, all: number]>()
  for (const part of ['core', 'drivers']) {
    const objects = join(build, 'CMakeFiles', `roost_${part}.dir`, part, 'src')
    for (const name of readdirSync(objects).filter((each) => each.endsWith('.gcda'))) {
      const { files } = JSON.parse(
        run('gcov', ['--json-format', '--stdout', '--branch-probabilities', name], objects),
      ) as {
        files: GcovFile[]
      }
      const own = files.find(({ file }) => basename(file) === name.replace('.gcda', ''))
      const branches = own?.lines.flatMap((line) => line.branches) ?? []
      const taken = branches.filter(({ count }) => count > 0).length
      totals.set(`${part}/${name.replace('.c.gcda', '.c')}`, [taken, branches.length])
    }
  }
  const sum = (part: string) => {
    const own = [...totals].filter(([name]) => name.startsWith(part)).map(([, of]) => of)
    return [own.reduce((count, [taken]) => count + taken, 0), own.reduce((count, [, all]) => count + all, 0)]
  }
  const percent = ([taken, all]: readonly number[]) => (100 * taken!) / Math.max(1, all!)
  const print = (name: string, of: readonly number[]) =>
    process.stdout.write(`${name.padEnd(28)} ${percent(of).toFixed(1).padStart(6)} %  ${of[0]} of ${of[1]}\n`)
  for (const [name, of] of totals) print(name, of)
  print('all of core', sum('core'))
  print('all of drivers', sum('drivers'))
  return percent(sum('core')) >= BRANCHES_MIN_PERCENT
}

/** Structs that a node keeps; queues and buffers that the settings size are named on their own. */
const STRUCTS = [
  'roost_node',
  'roost_outbox',
  'roost_ota',
  'roost_peers',
  'roost_lora',
  'roost_sensor',
  'roost_batch',
  'roost_identity',
  'roost_enrol',
  'roost_enrol_room',
  'roost_onboard',
]
/** ROOST_NODE_CHANNELS_MAX, and the RAM that a whole node may take without its queues. */
const CHANNELS = 16
const RAM_MAX_BYTES = 24 * 1024
/** What the port calls in its one task, and that task's stack (firmware/app/main/main.c). */
const ENTRIES = [
  'roost_node_create',
  'roost_node_step',
  'roost_node_on_message',
  'roost_node_on_ack',
  'roost_node_on_link',
  'roost_node_on_peer_frame',
  'roost_node_flush',
  'roost_ota_on_bytes',
  'roost_enrol_start',
  'roost_enrol_begin',
  'roost_enrol_step',
  'roost_enrol_on_end',
  'roost_onboard_step',
]
const DRIVER = ['start', 'read_value']
const CHECKS = ['is_place', 'roost_is_sensor_id']
const STACK_RULES: StackRules = {
  reached: {
    make_mac: ['encrypt_block'],
    make_stream: ['encrypt_block'],
    tell: ['ota_send', 'ota_raise'],
    finish: ['ota_send', 'ota_raise'],
    roost_ota_step: ['ota_send', 'ota_raise'],
    roost_ota_on_message: ['ota_send', 'ota_raise'],
    roost_node_take_command: [
      'take_actuate',
      'take_calibrate',
      'take_identify',
      'take_read',
      'take_restart',
      'take_rotate_key',
      'take_time',
    ],
    roost_sensor_sample: DRIVER,
    roost_sensor_calibrate: DRIVER,
    decode_field: CHECKS,
    decode_map: CHECKS,
    encode_text: CHECKS,
    encode_map: CHECKS,
  },
  // The walkers of payloads go as deep as ROOST_DEPTH_MAX and a shape's fields allow.
  depths: { encode_map: 3, decode_map: 3, decode_field: 4, scan_item: 5, scan_array: 5, scan_map: 5 },
}
const STACK_MAX_BYTES = 8_192
/** Below the core: a bus or NVS call of ESP-IDF, or snprintf; measured on a board by its high-water mark. */
const BELOW_BYTES = 2_048

function size(): boolean {
  const build = join(cache, 'riscv32')
  mkdirSync(build, { recursive: true })
  const compiler = 'riscv64-unknown-elf-gcc'
  const flags = [
    '-march=rv32imc',
    '-mabi=ilp32',
    '-Os',
    '-std=c11',
    '-ffunction-sections',
    '-fdata-sections',
    '-fcallgraph-info=su',
  ]
  const includes = ['-I', join(firmware, 'core/include'), '-I', join(firmware, 'drivers/include')]
  // The bare compiler has no C library of its own; picolibc's headers are Debian's.
  const libc = ['--specs=picolibc.specs']
  const functions: StackFunction[] = []
  const totals = { core: [0, 0, 0], drivers: [0, 0, 0] }
  for (const part of ['core', 'drivers'] as const) {
    const sources = readdirSync(join(firmware, part, 'src')).filter((name) => name.endsWith('.c'))
    for (const name of sources) {
      const object = join(build, `${part}-${name}.o`)
      run(compiler, [...libc, ...flags, ...includes, '-c', join(firmware, part, 'src', name), '-o', object], build)
      const sections = run('riscv64-unknown-elf-size', ['-A', object])
      const bytesOf = (prefix: RegExp) =>
        sections
          .split('\n')
          .filter((line) => prefix.test(line))
          .reduce((bytes, line) => bytes + Number(line.split(/\s+/)[1]), 0)
      totals[part][0]! += bytesOf(/^\.text/)
      totals[part][1]! += bytesOf(/^\.(s?rodata|srodata)/)
      totals[part][2]! += bytesOf(/^\.(s?data|s?bss)/)
      functions.push(...readCallGraph(readFileSync(object.replace(/\.o$/, '.ci'), 'utf8')))
    }
  }
  for (const [part, [text, rodata, data]] of Object.entries(totals)) {
    process.stdout.write(`${part.padEnd(8)} .text ${text} B, .rodata ${rodata} B, .data and .bss ${data} B\n`)
  }
  const probe = STRUCTS.map((name) => `char size_of_${name}[sizeof(struct ${name})];`).join('\n')
  const source =
    '#include "roost/node.h"\n#include "roost/lora.h"\n#include "roost/enrol.h"\n#include "roost/onboard.h"\n'
  const { status, stderr } = spawnSync(
    compiler,
    [...libc, ...flags, '-fno-common', ...includes, '-x', 'c', '-', '-c', '-o', join(build, 'structs.o')],
    { input: `${source}${probe}\n`, encoding: 'utf8', cwd: build },
  )
  if (status !== 0) throw new Error(stderr)
  const symbols = run('riscv64-unknown-elf-nm', ['--print-size', '--radix=d', join(build, 'structs.o')])
  const bytesOf = new Map(
    [...symbols.matchAll(/^\d+ (\d+) \w size_of_(\w+)$/gm)].map(([, n, name]) => [name!, Number(n)]),
  )
  process.stdout.write(`RAM: ${[...bytesOf].map(([name, bytes]) => `${name} ${bytes} B`).join(', ')}\n`)
  const of = (name: string) => bytesOf.get(name)!
  const batches = CHANNELS * of('roost_batch')
  const node = of('roost_node') - of('roost_outbox') - batches
  const parts = ['roost_ota', 'roost_peers', 'roost_lora', 'roost_enrol', 'roost_onboard', 'roost_identity']
  const whole = node + parts.reduce((sum, name) => sum + of(name), 0) + CHANNELS * of('roost_sensor')
  process.stdout.write(
    `a node with ${CHANNELS} sensors and every part: ${whole} B (aim ${RAM_MAX_BYTES}); its queues: outbox ${of('roost_outbox')} B, readings that wait ${batches} B; ` +
      `lent by the port while it enrols or renews: ${of('roost_enrol_room')} B\n`,
  )
  let deepest = 0
  for (const entry of ENTRIES) {
    const { bytes, names } = deepestPath(functions, entry, STACK_RULES)
    deepest = Math.max(deepest, bytes)
    process.stdout.write(`stack: ${entry} ${bytes} B (${names.slice(1).join(' → ')})\n`)
  }
  const stack = deepest + BELOW_BYTES
  process.stdout.write(
    `stack: at most ${stack} B with ${BELOW_BYTES} B for the port and the C library, of the task's ${STACK_MAX_BYTES} B\n`,
  )
  return whole <= RAM_MAX_BYTES && stack <= STACK_MAX_BYTES
}

function fuzz(seconds: number): boolean {
  const build = join(cache, 'fuzz')
  run('cmake', ['-S', firmware, '-B', build, '-DCMAKE_C_COMPILER=clang', '-DROOST_FUZZ=ON'])
  run('cmake', ['--build', build, '--parallel', '2'])
  const targets = readdirSync(build).filter((name) => /^fuzz_\w+$/.test(name))
  for (const target of targets) {
    const corpus = join(build, `corpus-${target}`)
    mkdirSync(corpus, { recursive: true })
    const said = run(join(build, target), [
      corpus,
      join(root, 'test/vectors'),
      '-close_fd_mask=1',
      `-max_total_time=${seconds}`,
      '-print_final_stats=1',
    ])
    const runs = /number_of_executed_units:\s+(\d+)/.exec(said)?.[1] ?? '?'
    const edges = [...said.matchAll(/cov: (\d+)/g)].at(-1)?.[1] ?? '?'
    process.stdout.write(`${target}: ${runs} inputs in ${seconds} s, ${edges} edges, no fault\n`)
  }
  return targets.length > 0
}

const [what, argument] = process.argv.slice(2)
const seconds = argument === undefined ? FUZZ_PRESET_S : Number(argument)
if (!existsSync(firmware) || !Number.isFinite(seconds)) throw new Error(USAGE)
if (what === 'coverage') process.exitCode = coverage() ? 0 : 1
else if (what === 'size') process.exitCode = size() ? 0 : 1
else if (what === 'fuzz') process.exitCode = fuzz(seconds) ? 0 : 1
else {
  process.stdout.write(USAGE)
  process.exitCode = what === '--help' ? 0 : 2
}
