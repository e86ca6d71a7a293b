// The health gate of a new system, run as root beside the hub: node gate.ts DATA_DIR [HTTP_PORT MQTTS_PORT]. Ends with 0 once the hub has
// been well for a minute without a break, with 1 when it does not get there in time.
import { beginGate, judgeLook } from './gate-state.ts'
import { createLook } from './look.ts'

const LOOK_PERIOD_MS = 5_000

const [dataDir = '/data/roost', httpPort = '80', mqttsPort = '8883'] = process.argv.slice(2)
const look = createLook(dataDir, Number(httpPort), Number(mqttsPort))
let lastSaid = ''
let state = beginGate(performance.now())
for (;;) {
  const says = await look().then(
    () => 'well',
    (error: Error) => error.message,
  )
  const looked = judgeLook(state, says === 'well', performance.now())
  state = looked.state
  if (says !== lastSaid) process.stdout.write(`gate: ${says}\n`)
  lastSaid = says
  if (looked.verdict !== 'wait') {
    process.stdout.write(`gate: ${looked.verdict}\n`)
    process.exit(looked.verdict === 'good' ? 0 : 1)
  }
  await new Promise((resolve) => setTimeout(resolve, LOOK_PERIOD_MS))
}
