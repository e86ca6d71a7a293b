// Where staff last sent the windows of a house, and what came of it. Where they are, the tiles say.
import type { HouseDto } from '../../../../hub/api/alarm-dto.ts'
import { dateText } from '../../format/date.ts'
import { nameText } from '../../format/name.ts'
import { numberText } from '../../format/number.ts'
import { apartOf } from '../../models/house-screen.ts'
import type { HouseModel } from '../../models/overview.ts'
import { useText } from '../../parts/context.ts'

type Wished = HouseDto['windows'][number]

export function Windows({ windows, house }: { windows: readonly Wished[]; house: HouseModel }) {
  return (
    <>
      {windows.map((wished) => (
        <Window key={`${wished.uid}/${wished.actuator}`} wished={wished} house={house} />
      ))}
    </>
  )
}

function Window({ wished, house }: { wished: Wished; house: HouseModel }) {
  const { houseScreen: text, language } = useText()
  const { uid, node, actuator, percent, atMs, answer } = wished
  const own = house.tiles.filter(({ quantity, sensors }) => quantity === 'window' && sensors[0]?.uid === uid)
  const tile = own.find(({ sensors }) => sensors[0]?.id === actuator) ?? (own.length === 1 ? own[0] : undefined)
  const standsAt = apartOf(percent, tile?.reading.value ?? null)
  const whole = (value: number) => `${numberText(value, 0, language)} %`
  return (
    <p class={answer === 'done' && standsAt === null ? 'panel-note' : 'warn-text'}>
      {text.wished(`${nameText(node)} ${nameText(actuator)}`, whole(percent), dateText(atMs, 'clock', language))}{' '}
      {text.answers[answer]} {standsAt !== null && text.standsAt(whole(standsAt))}
    </p>
  )
}
