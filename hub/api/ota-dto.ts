// What the API says about firmware and rollouts: types only, shared with the web UI.
import type { Entry } from '../ota/catalogue.ts'
import type { RolloutState, UpdateState } from '../ota/rollout.ts'

/** A release as it lies in the catalogue; `notes` is plain text. */
export type FirmwareDto = Entry

export interface ReleaseKeyDto {
  id: string
  isRetired: boolean
  addedMs: number
}

export interface CatalogueDto {
  firmware: FirmwareDto[]
  keys: ReleaseKeyDto[]
}

export interface NodeUpdateDto {
  uid: string
  house: string
  /** From 0, the first nodes. */
  stage: number
  state: UpdateState
  percent: number
  tries: number
  /** A diagnostic code of the node. */
  code: number | null
  text: string | null
  /** What came up after the update. */
  trouble: string | null
}

export interface PlanDto {
  canaries: number
  percents: number[]
  soakMinutes: number
  failurePercentMax: number
  window: { fromMinute: number; toMinute: number } | null
  atOnceMax: number
  retries: number
  force: boolean
  onlyMqtt: boolean
}

export interface RolloutSummaryDto {
  id: string
  firmwareId: string
  version: string
  chip: string
  /** "farm", a house, or a node. */
  scope: string
  by: string
  createdMs: number
  endedMs: number | null
  state: RolloutState
  /** Why it halted. */
  reason: string | null
  stage: number
  stages: number
  /** Until the next stage; null while it does not wait for that. */
  soakLeftMs: number | null
  plan: PlanDto
  /** How many nodes are in which state. */
  counts: Partial<Record<UpdateState, number>>
}

export interface RolloutDto extends RolloutSummaryDto {
  nodes: NodeUpdateDto[]
}

export interface RolloutsDto {
  rollouts: RolloutSummaryDto[]
}

/** How a node stands to its firmware. */
export interface DeviceUpdateDto {
  uid: string
  firmware: string | null
  /** Of the newest rollout that concerns it; null when there is none. */
  update: (NodeUpdateDto & { rollout: string; version: string }) | null
}
