// A house's day on one page, to be read at breakfast, printed, or sent.
import { useEffect, useMemo } from 'preact/hooks'
import { useLocation, useRoute } from 'preact-iso'
import type { DailyReport } from '../../../../hub/api/alarm-dto.ts'
import { amountText } from '../../format/amount.ts'
import { dateText } from '../../format/date.ts'
import { legalText } from '../../format/legal.ts'
import { measureText, temperatureText } from '../../format/measure.ts'
import { nameText } from '../../format/name.ts'
import { numberText } from '../../format/number.ts'
import { dateAfter } from '../../models/flocks.ts'
import { housePath } from '../../models/house-screen.ts'
import { createReport, dateOn } from '../../models/report.ts'
import { Asked } from '../../parts/Asked.tsx'
import { alarmName } from '../../parts/alarm-words.ts'
import { Back } from '../../parts/Back.tsx'
import { useApp, useText } from '../../parts/context.ts'
import { useMay } from '../../parts/Only.tsx'
import { Page } from '../../parts/Page.tsx'
import { dayText } from '../Flocks/flock-title.ts'
import { Extremes } from '../House/Extremes.tsx'
import { Sending } from './Sending.tsx'

export function Report() {
  const { ask, clock } = useApp()
  const { report: text, language } = useText()
  const { params } = useRoute()
  const { query } = useLocation()
  const key = `${params.site ?? ''}/${params.house ?? ''}`
  const date = query.date ?? null
  const model = useMemo(() => createReport(ask, key, date), [ask, key, date])
  const maySend = useMay('alarms.act')
  useEffect(() => void model.reload(maySend), [model, maySend])
  const own = `${housePath(key)}/report`
  // Without the hub's time no day counts as running: what is there is shown as a whole day, and the hub says what is missing.
  const isOver = ({ date: shown, timeZone }: DailyReport) => {
    const nowMs = clock.nowMs.peek()
    return nowMs === null || shown < dateOn(nowMs, timeZone)
  }
  return (
    <Page
      title={text.title}
      before={<Back href={housePath(key)}>{nameText(params.house ?? '')}</Back>}
      lead={<p class="lead">{nameText(params.house ?? '')}</p>}
    >
      <Asked of={model.report}>
        {(report) => (
          <div class="settings report">
            <p class="day-head">
              <a class="button" href={`${own}?date=${dateAfter(report.date, -1)}`}>
                ‹<span class="unseen">{text.dayBefore}</span>
              </a>
              <strong>{dayText(report.date, language)}</strong>
              {isOver(report) ? (
                <a class="button" href={`${own}?date=${dateAfter(report.date, 1)}`}>
                  ›<span class="unseen">{text.dayAfter}</span>
                </a>
              ) : (
                <span class="day-head-end" />
              )}
            </p>
            <Day report={report} isOver={isOver(report)} />
            <p class="acts no-print">
              <a class="button" href={`/api/v1${own}?date=${report.date}&format=csv&locale=${language}`} download>
                {text.csv}
              </a>
              <button type="button" class="button" onClick={() => print()}>
                {text.print}
              </button>
            </p>
            <Sending model={model} />
          </div>
        )}
      </Asked>
    </Page>
  )
}

function Day({ report, isOver }: { report: DailyReport; isOver: boolean }) {
  const text = useText()
  const { report: words, flocks, language } = text
  const { flock, target, water, feed, litresPerKg, alarms, legal, coverage } = report
  const whole = (value: number) => numberText(value, 0, language)
  const hours = numberText(coverage / 2, coverage % 2, language)
  const lost = (birds: number | null) => (birds === null ? words.notEntered : whole(birds))
  const clock = (tMs: number) => dateText(tMs, 'clock', language, report.timeZone)
  return (
    <>
      {!isOver && <p class="panel-note">{words.running(hours)}</p>}
      {isOver && coverage < 48 && <p class="warn-text">{words.coverage(hours)}</p>}
      {flock && (
        <section class="panel" aria-labelledby="report-flock">
          <h2 id="report-flock">{words.flock(flock.name, flock.day)}</h2>
          <dl class="facts">
            <dt>{flocks.dead}</dt>
            <dd>{lost(flock.dead)}</dd>
            <dt>{flocks.culled}</dt>
            <dd>{lost(flock.culled)}</dd>
            <dt>{flocks.alive}</dt>
            <dd>{whole(flock.alive)}</dd>
            <dt>{flocks.lostShort}</dt>
            <dd>{numberText(flock.lostPercent, 2, language)} %</dd>
          </dl>
          {flock.note !== '' && <p>{flock.note}</p>}
        </section>
      )}
      <section class="panel" aria-labelledby="report-climate">
        <h2 id="report-climate">{words.climate}</h2>
        <Extremes report={report} />
        {target && (
          <p>
            {words.target(temperatureText(target.targetC, text))}{' '}
            {words.outside(numberText(target.hoursAbove, 1, language), numberText(target.hoursBelow, 1, language))}
          </p>
        )}
        {legal.map((breach) => (
          <p key={breach.limit} class="warn-text">
            {legalText(breach, text)}
          </p>
        ))}
      </section>
      {(water.litres !== null || feed.kg !== null) && (
        <section class="panel" aria-labelledby="report-flows">
          <h2 id="report-flows">{words.flows}</h2>
          <dl class="facts">
            {water.litres !== null && (
              <>
                <dt>{text.quantity.water}</dt>
                <dd>{measureText('water', water.litres, text)}</dd>
              </>
            )}
            {water.yesterday !== null && (
              <>
                <dt>{words.waterBefore}</dt>
                <dd>{measureText('water', water.yesterday, text)}</dd>
              </>
            )}
            {feed.kg !== null && (
              <>
                <dt>{text.quantity.feed}</dt>
                <dd>{measureText('feed', feed.kg, text)}</dd>
              </>
            )}
            {litresPerKg !== null && (
              <>
                <dt>{words.ratio}</dt>
                <dd>{amountText(litresPerKg, 'L/kg', 2, text)}</dd>
              </>
            )}
          </dl>
        </section>
      )}
      <section class="panel" aria-labelledby="report-alarms">
        <h2 id="report-alarms">{text.alarms.title}</h2>
        {alarms.length === 0 ? (
          <p class="panel-note">{words.noAlarms}</p>
        ) : (
          <ul class="alarm-history">
            {alarms.map(({ name, severity, raisedMs, clearedMs, ackBy }) => (
              <li key={`${name}-${raisedMs}`}>
                <time dateTime={new Date(raisedMs).toISOString()}>{clock(raisedMs)}</time>{' '}
                <strong class={severity === 'critical' ? 'bad-text' : 'warn-text'}>{alarmName(name, text)}</strong>{' '}
                {clearedMs === null ? words.stillOn : words.until(clock(clearedMs))}
                {ackBy !== null && ` ${words.seenBy(ackBy)}`}
              </li>
            ))}
          </ul>
        )}
      </section>
    </>
  )
}
