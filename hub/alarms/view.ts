// What the rules look at: a house at one moment, built from the latest values once a tick. Plain data.
import type { Curve, Margins } from '../climate/curve.ts'
import type { IndexKind } from '../climate/heat-index.ts'
import type { Measure } from '../climate/measure.ts'

/** `live`: a value to go by; `failed`: the sensor says so, or is mute on a living node; `unknown`: nobody can say (node away, warming up, hub just started). */
export type Standing = 'live' | 'failed' | 'unknown'

export interface Reading {
  uid: string
  sensor: string
  measure: Measure
  standing: Standing
  /** Meaningful while `live`. */
  value: number
  /** Least value of the last ten minutes, this one included; for temperatures. */
  lowest: number
  /** For so long values have been coming. */
  historyMs: number
}

export interface NodeView {
  uid: string
  isOffline: boolean
  isFlapping: boolean
}

/** A counter of water or feed; null where it is not known. */
export interface FlowView {
  /** Since it last moved. */
  idleMs: number | null
  /** Of the last 15 minutes. */
  recent: number | null
  /** The most that ever went through in 15 minutes, from the days before. */
  peak: number | null
  yesterday: number | null
  dayBefore: number | null
}

export interface HouseView {
  /** `site/house`; '' for the hub itself. */
  house: string
  mode: 'unset' | 'empty' | 'preheat' | 'production' | 'catching' | 'cleaning'
  day: number | null
  age: number | null
  curve: Curve | null
  margins: Margins
  index: IndexKind
  readings: readonly Reading[]
  outsideC: number | null
  nodes: readonly NodeView[]
  water: FlowView | null
  feed: FlowView | null
  lightsOn: boolean
  /** Diagnostics of the house's nodes: how long ago each code came last. */
  diagnostics: readonly { uid: string; code: number; agoMs: number }[]
  hub: HubView | null
}

export interface HubView {
  isPowerWeak: boolean | null
  /** It was without power when it started this time, for so long, and nobody saw it yet. */
  wasOffMs: number | null
  storageFault: string | null
  /** Devices of other makes of which nothing comes, as staff call them. */
  silentDevices: readonly string[]
}

/** While it is being filled. */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] }
