// How the hub's process is to use memory: `npm start`, the service unit, tests and benchmarks start it with these flags and variables.
//
// A Raspberry Pi 3 has 1 GB. With its presets V8 lets the young generation grow to 32 MB and the old one to four times what lives in
// it before it collects, and keeps much compiled code. Measured with 1,000 nodes in a burst (8 unacknowledged messages each): 430 MB
// with the presets, 370 with the first two flags for 4 µs more CPU a message, 345 with the third for 1 µs; at a farm's pace 218 → 212.
export const NODE_FLAGS = ['--max-semi-space-size=4', '--heap-growing-percent=30', '--optimize-for-size']

/**
 * Variables of the hub's environment. With its code compiled in `cacheDir` (made at the first start, written at a clean stop) Node need
 * not load its compiler for TypeScript: 24 MB less, and 0.2 s sooner. One arena keeps glibc from scattering what was freed: 20 MB less
 * in a burst. Large pieces, as a thousand handshakes need them for a moment, go back to the system when they are freed: 20 MB less with
 * 1,000 nodes, 30 MB less in a burst, at no cost in CPU that could be measured.
 */
export const nodeVariables = (cacheDir: string) => ({
  NODE_COMPILE_CACHE: cacheDir,
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '32768',
  MALLOC_TRIM_THRESHOLD_: '65536',
})
