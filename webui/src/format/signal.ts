// Wi-Fi signal strength as a word: what an installer can act on. Pure.

export type SignalWord = 'cable' | 'strong' | 'good' | 'weak' | 'veryWeak'

/** Bounds in dBm: −60 and more is strong, −70 good, −80 weak; below, packets get lost (the join threshold is −85). 0 says: no radio. */
export function signalWord(rssiDbm: number): SignalWord {
  if (rssiDbm === 0) return 'cable'
  if (rssiDbm >= -60) return 'strong'
  if (rssiDbm >= -70) return 'good'
  return rssiDbm >= -80 ? 'weak' : 'veryWeak'
}
