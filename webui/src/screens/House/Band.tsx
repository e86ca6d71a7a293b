// Where the temperature stands between the limits of the flock's day: a bar, and the same in words.
import { type ReadonlySignal, useComputed } from '@preact/signals'
import type { HouseDto, Limits } from '../../../../hub/api/alarm-dto.ts'
import { differenceText, temperatureText } from '../../format/measure.ts'
import { alarmingOf, placeInBand, standingOf } from '../../models/house-screen.ts'
import type { TileReading } from '../../models/together.ts'
import { useText } from '../../parts/context.ts'
import type { Catalogue } from '../../text/catalogue.ts'

interface Live {
  value: number
  low: number
  high: number
}

interface BandProps {
  limits: Limits
  /** On which sides there would be an alarm. */
  watched: HouseDto['watched']
  reading: ReadonlySignal<TileReading>
}

export function Band({ limits, watched, reading }: BandProps) {
  const text = useText()
  const written = (celsius: number) => temperatureText(celsius, text)
  const live = useComputed<Live | null>(() => {
    const { kind, value, spread } = reading.value
    return kind === 'live' && value !== null ? { value, low: spread?.low ?? value, high: spread?.high ?? value } : null
  })
  const now = live.value
  const { targetC, bandLowC, bandHighC, lowC, highC } = limits
  const alarming = alarmingOf(limits, watched)
  return (
    <div class="band">
      <Bar limits={limits} live={now} />
      <p class={`band-said ${now ? toneOf(now, alarming) : ''}`}>
        {now ? saidOf(now, alarming, text) : text.houseScreen.bandUnknown}
      </p>
      <p>{text.houseScreen.band(written(targetC), written(bandLowC), written(bandHighC))}</p>
      <p class="panel-note">
        {text.houseScreen.limits(watched.below ? written(lowC) : null, watched.above ? written(highC) : null)}
      </p>
    </div>
  )
}

/** The mean; and the worst place, where that one is beyond a limit and the mean is not. */
function saidOf({ value, low, high }: Live, limits: Limits, text: Catalogue): string {
  const { standing, beyond, coldest, warmest } = text.houseScreen
  const say = (celsius: number) => {
    const { side, byK, isBeyond } = standingOf(celsius, limits)
    return `${standing[side](differenceText(byK, text))}${isBeyond ? ` ${beyond}` : ''}`
  }
  const said = say(value)
  if (value >= limits.lowC && low < limits.lowC) return `${said} ${coldest(temperatureText(low, text))}`
  if (value <= limits.highC && high > limits.highC) return `${said} ${warmest(temperatureText(high, text))}`
  return said
}

function toneOf({ value, low, high }: Live, limits: Limits): string {
  if (low < limits.lowC || high > limits.highC) return 'bad-text'
  return standingOf(value, limits).side === 'right' ? '' : 'warn-text'
}

function Bar({ limits, live }: { limits: Limits; live: Live | null }) {
  const { bandFrom, bandTo, at } = placeInBand(live?.value ?? limits.targetC, limits)
  const [from, to] = live ? [placeInBand(live.low, limits).at, placeInBand(live.high, limits).at] : [at, at]
  const [lowAt, highAt] = [placeInBand(limits.lowC, limits).at, placeInBand(limits.highC, limits).at]
  return (
    <svg viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <rect class="band-alarm" x="0" y="4" width="100" height="4" />
      <rect class="band-all" x={100 * lowAt} y="4" width={100 * (highAt - lowAt)} height="4" />
      <rect class="band-good" x={100 * bandFrom} y="4" width={100 * (bandTo - bandFrom)} height="4" />
      {live && (
        <>
          <rect class="band-spread" x={100 * from} y="2.5" width={100 * (to - from)} height="7" />
          <rect class="band-at" x={Math.min(98.5, Math.max(0, 100 * at - 0.75))} y="0" width="1.5" height="12" />
        </>
      )}
    </svg>
  )
}
