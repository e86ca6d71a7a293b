// The chips that nodes are built on, and how large an image each takes (firmware/app/partitions_*.csv).

export interface Chip {
  /** As a node names it in an offer's `chip`. */
  name: string
  /** esp_chip_id_t in an image's header. */
  chipId: number
  /** Of one update slot. */
  slotBytes: number
}

export const CHIPS: readonly Chip[] = [
  { name: 'esp32s3', chipId: 0x0009, slotBytes: 0x38_0000 },
  { name: 'esp32c3', chipId: 0x0005, slotBytes: 0x1c_0000 },
]

/** Espressif's other chips, by id: to say for which chip a foreign image is. */
export const FOREIGN_CHIPS: Readonly<Record<number, string>> = {
  0: 'esp32',
  2: 'esp32s2',
  12: 'esp32c2',
  13: 'esp32c6',
  16: 'esp32h2',
  18: 'esp32p4',
}

export const IMAGE_MAX_BYTES = Math.max(...CHIPS.map(({ slotBytes }) => slotBytes))
