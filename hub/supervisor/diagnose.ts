// Everything that a house's nodes said in a month, put to every detector. Pure.

import { findDrift } from './predict/drift.ts'
import { findRisingErrors } from './predict/errors.ts'
import type { Finding, Steps } from './predict/finding.ts'
import { findHeapLeak } from './predict/heap.ts'
import { findRebootLoop } from './predict/reboots.ts'
import { findFadingSignal } from './predict/signal.ts'
import { findStuckSensor } from './predict/stuck.ts'
import { isVital, VITALS } from './vitals.ts'

export interface SeriesHistory {
  uid: string
  sensor: string
  unit: string
  steps: Steps
}

export interface HouseHistory {
  series: readonly SeriesHistory[]
  /** By node and code: how many diagnostics came on each day, today first, as far back as the node is known. */
  diagnostics: ReadonlyMap<string, ReadonlyMap<number, readonly number[]>>
}

/** What is to be said of the nodes of one house at `nowMs`. */
export function diagnose(history: HouseHistory, nowMs: number): Finding[] {
  const slices = diagnoseSlices(history, nowMs)
  for (;;) {
    const { done, value } = slices.next()
    if (done) return value
  }
}

/** The same in slices of one node or one sensor each, so that whoever has other work may do that in between. */
export function* diagnoseSlices({ series, diagnostics }: HouseHistory, nowMs: number): Generator<void, Finding[]> {
  const found: (Finding | null)[] = []
  const bySensor = new Map(series.map((one) => [`${one.uid}/${one.sensor}`, one.steps]))
  const byUnit = Map.groupBy(
    series.filter(({ sensor }) => !isVital(sensor)),
    ({ unit }) => unit,
  )
  const of = (uid: string, sensor: string) => bySensor.get(`${uid}/${sensor}`)
  for (const uid of new Set(series.map((one) => one.uid))) {
    yield
    const boots = sumsOf(of(uid, VITALS.boots))
    const heap = of(uid, VITALS.heap)
    const rssi = of(uid, VITALS.rssi)
    if (heap) found.push(findHeapLeak(uid, heap, boots))
    if (rssi) found.push(findFadingSignal(uid, rssi, nowMs))
    found.push(findRebootLoop(uid, boots, nowMs))
    for (const [code, byDay] of diagnostics.get(uid) ?? []) found.push(findRisingErrors(uid, code, byDay, nowMs))
  }
  for (const { uid, sensor, unit, steps } of series) {
    if (isVital(sensor)) continue
    yield
    const siblings = siblingsOf(byUnit.get(unit)!, steps)
    const stuck = findStuckSensor(uid, sensor, steps, nowMs)
    // A sensor that is stuck drifts from the others by that alone.
    found.push(stuck ?? findDrift(uid, sensor, unit, steps, siblings))
  }
  return found.filter((finding) => finding !== null)
}

/** The median of so many tells what the house does; more cost time and tell no more. */
const SIBLINGS_MAX = 24

/** Others of the same unit, spread evenly over the house when there are many. */
function siblingsOf(all: readonly SeriesHistory[], own: Steps): Steps[] {
  const others = all.filter(({ steps }) => steps !== own)
  const count = Math.min(SIBLINGS_MAX, others.length)
  return Array.from({ length: count }, (_, i) => others[Math.floor((i * others.length) / count)]!.steps)
}

function sumsOf(steps: Steps | undefined): Map<number, number> {
  const sums = new Map<number, number>()
  if (!steps) return sums
  for (let i = 0; i < steps.tMs.length; i++) {
    const sum = Math.round(steps.mean[i]! * steps.count[i]!)
    if (sum > 0) sums.set(steps.tMs[i]!, sum)
  }
  return sums
}
