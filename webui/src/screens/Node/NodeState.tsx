// How the node itself is, from its last heartbeat; says how old that is when it is old.
import type { HeartbeatDto } from '../../../../hub/api/contract.ts'
import { spanOf } from '../../format/age.ts'
import { bytesText, numberText } from '../../format/number.ts'
import { signalWord } from '../../format/signal.ts'
import type { NodeModel } from '../../models/farm.ts'
import { STALE_AFTER_MS } from '../../models/reading.ts'
import { useApp, useText } from '../../parts/context.ts'
import { LivenessIcon } from '../../parts/icons.tsx'
import type { Catalogue } from '../../text/catalogue.ts'

export function NodeState({ node }: { node: NodeModel }) {
  const { clock, stream } = useApp()
  const text = useText()
  const device = node.device.value
  const beat = device.heartbeat
  const nowMs = clock.nowMs.value ?? 0
  const isConnected = stream.state.value.kind === 'live'
  const beatAgeMs = beat ? nowMs - beat.tMs : 0
  const isOld = beat !== null && (beatAgeMs > STALE_AFTER_MS || !isConnected)
  const rows = beat ? beatRows(beat, text) : []
  return (
    <section class="panel" aria-labelledby="state">
      <h2 id="state">{text.node.state}</h2>
      <dl class="facts" data-old={isOld}>
        <div class="fact-live" data-liveness={node.liveness}>
          <dt>{text.node.liveness}</dt>
          <dd>
            <LivenessIcon liveness={node.liveness} />
            <strong>{text.liveness[node.liveness]}</strong>
            {!isConnected && `, ${text.house.lastKnown}`}
            <small>{heardText(device.lastSeenMs, nowMs, text)}</small>
          </dd>
        </div>
        {rows.map(({ label, value, detail }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>
              {value}
              {detail && <small>{detail}</small>}
            </dd>
          </div>
        ))}
        <div>
          <dt>{text.node.uid}</dt>
          <dd class="code">{node.uid}</dd>
        </div>
      </dl>
      {beat === null && <p class="panel-note">{text.node.noBeat}</p>}
      {isOld && <p class="panel-note">{text.node.beatOld(spanOf(beatAgeMs))}</p>}
    </section>
  )
}

function heardText(lastSeenMs: number | null, nowMs: number, text: Catalogue): string {
  return lastSeenMs === null ? text.node.heardNever : text.node.heard(spanOf(nowMs - lastSeenMs))
}

interface Row {
  label: string
  value: string
  detail?: string
}

function beatRows(beat: HeartbeatDto, text: Catalogue): Row[] {
  const { language } = text
  const rssi = text.node.dbm(numberText(beat.rssiDbm, 0, language))
  const bits = countBits(beat.errorBitmap)
  return [
    { label: text.node.doing, value: text.node.doingWord[beat.state] },
    {
      label: text.node.signal,
      value: text.node.signalWord[signalWord(beat.rssiDbm)],
      ...(beat.rssiDbm === 0 ? {} : { detail: rssi }),
    },
    { label: text.node.uptime, value: text.node.span(spanOf(beat.uptimeS * 1000)) },
    { label: text.node.firmware, value: beat.firmware },
    {
      label: text.node.heap,
      value: bytesText(beat.freeHeapBytes, language),
      detail: text.node.heapMin(bytesText(beat.minHeapBytes, language)),
    },
    {
      label: text.node.backlog,
      value: beat.backlog === 0 ? text.node.nothing : text.node.backlogCount(beat.backlog),
      ...(beat.loss === 0 ? {} : { detail: text.node.loss(beat.loss) }),
    },
    {
      label: text.node.errors,
      value:
        bits === 0
          ? text.node.nothing
          : text.node.errorsSet(bits, `0x${beat.errorBitmap.toString(16).padStart(8, '0')}`),
    },
  ]
}

function countBits(bitmap: number): number {
  let count = 0
  for (let rest = bitmap >>> 0; rest !== 0; rest >>>= 1) count += rest & 1
  return count
}
