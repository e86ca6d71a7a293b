// A curve of set-points with what rides on it: the band that is right, where alarms begin, and today; the rows below say the same in numbers.
import type { Curve, Margins } from '../../../../hub/api/alarm-dto.ts'
import { temperatureText } from '../../format/measure.ts'
import { alarmsOn, targetOn, YOUNG_TO_DAY } from '../../models/flocks.ts'
import { useText } from '../../parts/context.ts'

const WIDTH = 320
const HEIGHT = 150
const LEFT = 8
const BELOW = 22
const LABEL_WIDTH = 18
/** The lower limit drops at once when the chicks are a week old. */
const STEP_DAYS = 0.01

export function CurveDrawing({ curve, day, margins }: { curve: Curve; day: number; margins: Margins }) {
  const text = useText()
  const [first, last] = [curve[0]!, curve.at(-1)!]
  const fromDay = Math.min(first.day, day)
  const toDay = Math.max(last.day + 7, day)
  const temps = curve.map(({ tempC }) => tempC)
  const low = Math.min(...temps) - Math.max(margins.lowK, margins.lowYoungK, margins.bandK) - 1
  const high = Math.max(...temps) + Math.max(margins.highK, margins.bandK) + 1
  const x = (at: number) => LEFT + ((at - fromDay) / (toDay - fromDay)) * (WIDTH - 2 * LEFT)
  const y = (tempC: number) => ((high - tempC) / (high - low)) * (HEIGHT - BELOW)
  const days = [fromDay, toDay, ...curve.map((point) => point.day), YOUNG_TO_DAY, YOUNG_TO_DAY + STEP_DAYS]
    .filter((each) => each >= fromDay && each <= toDay)
    .toSorted((a, b) => a - b)
  const line = (tempOn: (day: number) => number) =>
    days.map((each) => `${x(each).toFixed(1)},${y(tempOn(each)).toFixed(1)}`)
  const target = (byK: number) => line((each) => targetOn(curve, each) + byK)
  const now = targetOn(curve, day)
  // Days that would stand over each other are left to the rows below.
  const isApart = (at: number) => !curve.some((each) => each.day > at && x(each.day) - x(at) < LABEL_WIDTH)
  return (
    <figure class="curve">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" focusable="false">
        <polygon
          class="curve-band"
          points={[...target(margins.bandK), ...target(-margins.bandK).reverse()].join(' ')}
        />
        <polyline class="curve-alarm" points={line((each) => alarmsOn(curve, margins, each).highC).join(' ')} />
        <polyline class="curve-alarm" points={line((each) => alarmsOn(curve, margins, each).lowC).join(' ')} />
        <polyline class="curve-line" points={target(0).join(' ')} />
        {curve.map((point, at) => (
          // Two points may have one day while somebody types.
          <g key={`point-${at}`}>
            <circle class="curve-point" cx={x(point.day)} cy={y(point.tempC)} r="3" />
            {isApart(point.day) && (
              <text class="curve-label" x={x(point.day)} y={HEIGHT - 6} text-anchor="middle">
                {point.day}
              </text>
            )}
          </g>
        ))}
        <line class="curve-now" x1={x(day)} x2={x(day)} y1="0" y2={HEIGHT - BELOW} />
      </svg>
      <figcaption>{text.flocks.curveNow(day, temperatureText(now, text))}</figcaption>
    </figure>
  )
}
