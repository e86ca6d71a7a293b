// The overview: houses with live tiles, worst first. Each tile and each house's trouble is its own signal.
import { computed, type ReadonlySignal } from '@preact/signals'
import type { AlarmDto } from '../../../hub/api/alarm-dto.ts'
import { quantityRules } from '../format/quantity.ts'
import { inOrder } from './alarms.ts'
import type { App } from './app.ts'
import { groupHouses, type House, type TileGroup, type Trouble, troubleOf, worstFirst } from './houses.ts'
import { readingOf, WARNING_MARKS } from './reading.ts'
import { readTogether, type TileReading } from './together.ts'

export interface TileModel extends TileGroup {
  readonly reading: ReadonlySignal<TileReading>
}
export interface HouseModel extends Omit<House, 'tiles'> {
  readonly tiles: readonly TileModel[]
  readonly trouble: ReadonlySignal<Trouble>
  /** What is wrong in it now, the most urgent first. */
  readonly alarms: ReadonlySignal<readonly AlarmDto[]>
}

export interface Overview {
  readonly houses: ReadonlySignal<readonly HouseModel[]>
}

export function createOverview({
  farm,
  clock,
  stream,
  alarms,
}: Pick<App, 'farm' | 'clock' | 'stream' | 'alarms'>): Overview {
  const isConnected = computed(() => stream.state.value.kind === 'live')
  const grouped = computed(() => groupHouses(farm.nodes.value).map(houseModel))

  function houseModel(house: House): HouseModel {
    const tiles = house.tiles.map((group) => ({ ...group, reading: tileReading(group, clock.nowMs, isConnected) }))
    const wrong = computed(() =>
      inOrder((alarms.now.value?.alarms ?? []).filter((alarm) => alarm.house === house.key && alarm.overMs === null)),
    )
    const trouble = computed<Trouble>(() => {
      if (!isConnected.value) return 'unknown'
      if (wrong.value.some(({ severity }) => severity === 'critical')) return 'bad'
      const worst = tiles.map(({ reading }) => reading.value.missing?.kind ?? reading.value.kind)
      const hasWarning = tiles.some(({ reading }) => reading.value.marks.some((mark) => WARNING_MARKS.includes(mark)))
      return troubleOf(house.counts, worst, hasWarning || wrong.value.length > 0)
    })
    return { ...house, tiles, trouble, alarms: wrong }
  }

  const houses = computed(() =>
    worstFirst(grouped.value.map((house) => ({ house, trouble: house.trouble.value }))).map(({ house }) => house),
  )
  return { houses }
}

/** The reading of one tile, recomputed when one of its values or the time changes. */
export const tileReading = (
  group: TileGroup,
  nowMs: ReadonlySignal<number | null>,
  isConnected: ReadonlySignal<boolean>,
): ReadonlySignal<TileReading> =>
  computed(() =>
    readTogether(
      group.sensors.map(({ latest }) => readingOf(latest.value, nowMs.value ?? 0, isConnected.value)),
      quantityRules(group.quantity).together,
    ),
  )
