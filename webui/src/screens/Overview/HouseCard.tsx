// One house under its roof: how its nodes are, its tiles, and the way to each node.
import { nameText } from '../../format/name.ts'
import { housePath } from '../../models/house-screen.ts'
import type { NodeCounts } from '../../models/houses.ts'
import type { HouseModel } from '../../models/overview.ts'
import { alarmName, alarmValue } from '../../parts/alarm-words.ts'
import { useApp, useText } from '../../parts/context.ts'
import { Tile } from '../../parts/Tile.tsx'
import type { Catalogue } from '../../text/catalogue.ts'
import { NodeList } from './NodeList.tsx'

export function HouseCard({ house }: { house: HouseModel }) {
  const text = useText()
  const headingId = `house-${house.key.replaceAll('/', '-') || 'none'}`
  return (
    <article class="house" data-trouble={house.trouble} aria-labelledby={headingId}>
      <div class="house-head">
        <h2 id={headingId}>
          {house.house === null ? (
            text.house.unplaced
          ) : (
            <a class="house-name" href={housePath(house.key)}>
              {nameText(house.house)}
            </a>
          )}
        </h2>
        <Counts house={house} />
      </div>
      {house.alarms.value.length > 0 && (
        <ul class="house-alarms">
          {house.alarms.value.map((alarm) => (
            <li key={alarm.id} data-severity={alarm.severity}>
              <a href="/alarms">
                {text.list([alarmName(alarm.name, text), alarmValue(alarm, text)].filter((part) => part !== ''))}
              </a>
            </li>
          ))}
        </ul>
      )}
      {house.house === null && <p class="house-note">{text.house.unplacedNote}</p>}
      {house.tiles.length === 0 ? (
        <p class="house-note">{text.house.noValues}</p>
      ) : (
        <dl class="tiles">
          {house.tiles.map((tile, index) => (
            <Tile key={tile.key} group={tile} reading={tile.reading} isHero={index === 0} />
          ))}
        </dl>
      )}
      <h3 class="unseen">{text.house.nodes}</h3>
      <NodeList nodes={house.nodes} />
    </article>
  )
}

function Counts({ house }: { house: HouseModel }) {
  const { stream } = useApp()
  const text = useText()
  const line = countsText(house.counts, text)
  const isLive = stream.state.value.kind === 'live'
  return <p class="house-counts">{isLive ? line : text.list([line, text.house.lastKnown])}</p>
}

/** Only what is there is counted, worst first. */
function countsText({ online, late, offline, neverSeen }: NodeCounts, text: Catalogue): string {
  if (late + offline + neverSeen === 0) return text.house.allOnline(online)
  const parts: string[] = []
  if (offline > 0) parts.push(text.house.offline(offline))
  if (late > 0) parts.push(text.house.late(late))
  if (neverSeen > 0) parts.push(text.house.neverSeen(neverSeen))
  if (online > 0) parts.push(text.house.online(online))
  return text.list(parts)
}
