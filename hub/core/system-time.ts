// The port to the machine's own time: whether somebody keeps its clock right, and setting it.

export interface SystemTime {
  /** Names this run of the machine: another one after each boot. */
  readonly bootId: string
  /** Milliseconds since the machine started; goes on while the hub restarts. */
  uptimeMs(): number
  /** True when a time server keeps the machine's clock. Never rejects. */
  isSynchronised(): Promise<boolean>
  /** Sets the machine's clock; false when this machine does not let the hub do so. Never rejects. */
  set(wallMs: number): Promise<boolean>
}
