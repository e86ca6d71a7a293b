// How the hub's V8 is to use memory: `npm start`, the service unit, tests and benchmarks start it with these flags.
//
// A Raspberry Pi 3 has 1 GB. With its presets V8 lets the young generation grow to 32 MB and the old one to four times what lives in
// it before it collects. Measured with 1,000 nodes in a burst (8 unacknowledged messages each): 430 MB with the presets, 300 MB with
// these, for 4 µs more CPU a message.
export const NODE_FLAGS = ['--max-semi-space-size=4', '--heap-growing-percent=30']
