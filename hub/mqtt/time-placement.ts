// Where the samples of a message lie in time: by the node's clock when it is set, else by the time of arrival (R-COM-14). Pure.
import { FLAG, type SampleBlock } from '../core/sample.ts'

/** A hub whose clock shows less than this (2026-01-01) has not been set: it judges nobody else's clock. */
export const CLOCK_SANE_FROM_MS = Date.UTC(2026, 0, 1)
/** A node's time may be ahead of the hub's by this much before it is disbelieved. */
export const AHEAD_MAX_MS = 10 * 60_000

export interface MessageTime {
  /** 0 never set, 1 set by a peer, 2 set by the hub. */
  clk: number
  /** Milliseconds since the epoch, with `clk` 0 since the node's boot. */
  t: number
  /** Milliseconds since the node's boot when it sent; −1 when not told. */
  up: number
}

/**
 * Milliseconds since the epoch that stand for `time.t`, and whether that had to be derived from the arrival. A hub whose own clock is
 * not trusted believes a node that has the time.
 */
export function placeInTime(
  time: MessageTime,
  arrivalMs: number,
  isHubTrusted = true,
): { baseMs: number; isEstimated: boolean } {
  if (time.clk > 0) {
    const isHubSane = isHubTrusted && arrivalMs >= CLOCK_SANE_FROM_MS
    const isCredible = time.t >= CLOCK_SANE_FROM_MS && time.t <= arrivalMs + AHEAD_MAX_MS
    if (!isHubSane || isCredible) return { baseMs: time.t, isEstimated: false }
  } else if (time.up >= time.t) {
    return { baseMs: arrivalMs - (time.up - time.t), isEstimated: true }
  }
  return { baseMs: arrivalMs, isEstimated: true }
}

/** Turns a block's offsets (milliseconds after `t`) into times since the epoch, in place. */
export function placeBlock(block: SampleBlock, time: MessageTime, arrivalMs: number, isHubTrusted = true): void {
  const { baseMs, isEstimated } = placeInTime(time, arrivalMs, isHubTrusted)
  // With no `up` the last sample is taken as just measured, so that none lies in the future.
  const shiftMs = isEstimated && baseMs === arrivalMs && block.count > 0 ? block.tMs[block.count - 1]! : 0
  for (let i = 0; i < block.count; i++) {
    block.tMs[i] = baseMs - shiftMs + block.tMs[i]!
    if (isEstimated) block.flags[i] = block.flags[i]! | FLAG.timeEstimated
  }
}
