// A curve of set-points with its band and today's place on it, small; the rows below say the same in numbers.
import type { Curve } from '../../../../hub/api/alarm-dto.ts'
import { temperatureText } from '../../format/measure.ts'
import { targetOn } from '../../models/flocks.ts'
import { useText } from '../../parts/context.ts'

const WIDTH = 320
const HEIGHT = 140
const LEFT = 8
const BELOW = 22
const LABEL_WIDTH = 18

export function CurveDrawing({ curve, day, bandK }: { curve: Curve; day: number; bandK: number }) {
  const text = useText()
  const [first, last] = [curve[0]!, curve.at(-1)!]
  const fromDay = Math.min(first.day, day)
  const toDay = Math.max(last.day + 7, day)
  const temps = curve.map(({ tempC }) => tempC)
  const [low, high] = [Math.min(...temps) - bandK - 1, Math.max(...temps) + bandK + 1]
  const x = (at: number) => LEFT + ((at - fromDay) / (toDay - fromDay)) * (WIDTH - 2 * LEFT)
  const y = (tempC: number) => ((high - tempC) / (high - low)) * (HEIGHT - BELOW)
  const days = [fromDay, ...curve.map((point) => point.day).filter((each) => each > fromDay && each < toDay), toDay]
  const line = (byK: number) => days.map((each) => `${x(each).toFixed(1)},${y(targetOn(curve, each) + byK).toFixed(1)}`)
  const now = targetOn(curve, day)
  // Days that would stand over each other are left to the rows below.
  const isApart = (at: number) => !curve.some((each) => each.day > at && x(each.day) - x(at) < LABEL_WIDTH)
  return (
    <figure class="curve">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" focusable="false">
        <polygon class="curve-band" points={[...line(bandK), ...line(-bandK).reverse()].join(' ')} />
        <polyline class="curve-line" points={line(0).join(' ')} />
        {curve.map((point) => (
          <g key={`${point.day}`}>
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
