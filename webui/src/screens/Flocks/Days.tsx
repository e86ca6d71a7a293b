// What was entered for each day so far.
import type { FlockDto } from '../../../../hub/api/alarm-dto.ts'
import { useText } from '../../parts/context.ts'
import { dayText } from './flock-title.ts'

export function Days({ flock }: { flock: FlockDto }) {
  const { flocks: text, language } = useText()
  const days = Object.entries(flock.days).toSorted(([a], [b]) => b.localeCompare(a))
  return (
    <section class="panel" aria-labelledby="flock-days">
      <h2 id="flock-days">{text.days}</h2>
      {days.length === 0 ? (
        <p class="panel-note">{text.noDays}</p>
      ) : (
        <table class="extremes">
          <thead>
            <tr>
              <th scope="col">{text.date}</th>
              <th scope="col">{text.dead}</th>
              <th scope="col">{text.culled}</th>
            </tr>
          </thead>
          <tbody>
            {days.map(([date, { dead, culled, note }]) => (
              <tr key={date}>
                <th scope="row">
                  <a href={`/houses/${flock.site}/${flock.house}/report?date=${date}`}>{dayText(date, language)}</a>
                  {note !== '' && <span class="day-note">{note}</span>}
                </th>
                <td>{dead}</td>
                <td>{culled}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}
