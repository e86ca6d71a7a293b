// What must be known to understand a log without the ones before it: names, newest values, and which messages were seen.
import { finishFrame, type Salt } from './frame.ts'
import type { Latest } from './latest.ts'
import type { Names } from './names.ts'
import { RecordBuilder } from './record.ts'
import type { SeenWindows, Unsettled } from './seen.ts'

/** Frames of a checkpoint are cut at this size. */
const FRAME_BYTES = 1 << 20

export interface Known {
  names: Names
  latest: Latest
  seen: SeenWindows
  /** Messages of the commit that is under way: a checkpoint must not call them stored. */
  inFlight: Unsettled
}

/** The frames that a log begins with. */
export function* checkpointFrames({ names, latest, seen, inFlight }: Known, salt: Salt): Generator<Buffer> {
  const builder = new RecordBuilder(FRAME_BYTES)
  const full = () => builder.sizeBytes >= FRAME_BYTES
  function* flush() {
    if (!builder.isEmpty) yield Buffer.from(finishFrame(builder.bytes, builder.sizeBytes, { salt }))
    builder.reset()
  }
  for (const name of names.series) {
    if (!name) continue
    builder.series(name.id, name.uid, name.sensor, name.unit)
    const firstMs = latest.firstMs(name.id)
    if (firstMs !== null) builder.latest(name.id, firstMs, latest.asBlock(name.id))
    if (full()) yield* flush()
  }
  for (const name of names.sources) {
    if (name) builder.source(name.id, name.uid, name.topic)
    if (full()) yield* flush()
  }
  for (const { source, boot, highest, runs } of seen.windows(inFlight)) {
    builder.seen(source, boot, highest, runs)
    if (full()) yield* flush()
  }
  builder.begun()
  yield* flush()
}
