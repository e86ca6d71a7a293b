// The table of diagnostic codes: what a node may report, what it means and what staff should do. The firmware's C header is made of it.

export const SUBSYSTEMS = { 1: 'DAQ', 2: 'COM', 3: 'SEC', 4: 'OTA', 5: 'HW' } as const

/** Severity of a diagnostic: the topic level `diag/{severity}`. */
export const SEVERITY = { info: 1, warning: 2, error: 3, critical: 4 } as const

export interface DiagnosticCode {
  code: number
  name: string
  /** The severity that the firmware gives it unless it knows better. */
  severity: 1 | 2 | 3 | 4
  meaning: string
  action: string
}

const entry = (
  code: number,
  name: string,
  severity: keyof typeof SEVERITY,
  meaning: string,
  action: string,
): DiagnosticCode => ({ code, name, severity: SEVERITY[severity], meaning, action })

const WAIT = 'Nothing to do.'
const WATCH = 'Nothing to do once; when it comes every day, have the node checked.'

/** In order of code. A number is never used again for something else. */
export const DIAGNOSTIC_CODES: readonly DiagnosticCode[] = [
  // 1 DAQ: sensors and measuring
  entry(
    0x1001,
    'DAQ_SENSOR_MISSING',
    'error',
    'A configured sensor does not answer.',
    'Check the plug and cable of the sensor; replace it when it stays silent.',
  ),
  entry(
    0x1002,
    'DAQ_SENSOR_LOST',
    'error',
    'A sensor that worked stopped answering.',
    'Check the plug and cable of the sensor; look for damp or rodent damage.',
  ),
  entry(0x1003, 'DAQ_SENSOR_BACK', 'info', 'A lost sensor answers again.', WAIT),
  entry(
    0x1004,
    'DAQ_CHECKSUM',
    'warning',
    'A reading came with a wrong checksum and was dropped.',
    'When it repeats: shorten the cable, keep it away from motors and mains.',
  ),
  entry(
    0x1005,
    'DAQ_OUT_OF_BOUNDS',
    'warning',
    'A reading lies outside what is physically possible.',
    'Clean the sensor; replace it when it stays so.',
  ),
  entry(
    0x1006,
    'DAQ_RATE_LIMITED',
    'warning',
    'A reading jumped faster than the quantity can.',
    'When it repeats: check the cable and whether something blows or drips on the sensor.',
  ),
  entry(
    0x1007,
    'DAQ_STUCK',
    'warning',
    'A reading has not changed at all for a long time.',
    'Breathe on the sensor or warm it by hand; replace it when the value does not move.',
  ),
  entry(
    0x1008,
    'DAQ_FAILOVER',
    'warning',
    'The backup sensor has taken over.',
    'Replace the main sensor soon: there is no second backup.',
  ),
  entry(0x1009, 'DAQ_FAILBACK', 'info', 'The main sensor is used again.', WAIT),
  entry(
    0x100a,
    'DAQ_BOTH_FAILED',
    'critical',
    'Main and backup sensor of a quantity have failed.',
    'Go and look at the house now; measure by hand until a sensor is replaced.',
  ),
  entry(
    0x100b,
    'DAQ_DRIFT',
    'warning',
    'Main and backup sensor differ more than they should.',
    'Calibrate both sensors against a reference.',
  ),
  entry(
    0x100c,
    'DAQ_CALIBRATION_DUE',
    'info',
    'A sensor has not been calibrated for longer than its maker allows.',
    'Calibrate the sensor.',
  ),
  entry(
    0x100d,
    'DAQ_CALIBRATION_FAILED',
    'warning',
    'A calibration was given up: the reading was not steady or too far off.',
    'Repeat it in still air; replace the sensor when it fails again.',
  ),
  entry(
    0x100e,
    'DAQ_WARMUP_LONG',
    'warning',
    'A sensor needs longer to warm up than its maker says.',
    'Check the supply voltage; replace the sensor when it stays so.',
  ),
  entry(0x100f, 'DAQ_BUS_RESET', 'warning', 'The sensor bus hung and was reset.', WATCH),
  entry(
    0x1010,
    'DAQ_OVERRUN',
    'warning',
    'Reading the sensors took longer than the sample period.',
    'Choose a longer sample period in the node’s settings.',
  ),
  entry(
    0x1011,
    'DAQ_INPUT_FAULT',
    'error',
    'A monitored machine reports a fault on a digital input.',
    'Look at the machine that is wired to this input.',
  ),
  entry(
    0x1012,
    'DAQ_MAINS_LOST',
    'critical',
    'The mains supply that a node watches is gone.',
    'Go and look at the house now: ventilation may stand still.',
  ),
  entry(0x1013, 'DAQ_MAINS_BACK', 'info', 'The mains supply is back.', WAIT),
  entry(
    0x1014,
    'DAQ_ACTUATOR_STUCK',
    'critical',
    'A window or flap did not reach its position.',
    'Go and look at the window; free it or move it by hand.',
  ),
  // 2 COM: networks and messages
  entry(
    0x2001,
    'COM_WIFI_LOST',
    'warning',
    'The node lost the Wi-Fi.',
    'When many nodes say so: check the access point and its power.',
  ),
  entry(
    0x2002,
    'COM_WIFI_WEAK',
    'warning',
    'The Wi-Fi is so weak that messages are at risk.',
    'Move the node or the access point, or add one.',
  ),
  entry(
    0x2003,
    'COM_WIFI_AUTH',
    'error',
    'The Wi-Fi refuses the node’s password.',
    'Give the node the new Wi-Fi password (hold its button, then join its own network).',
  ),
  entry(
    0x2004,
    'COM_NO_ADDRESS',
    'error',
    'The network gave the node no address.',
    'Check that the router’s DHCP is on and has free addresses.',
  ),
  entry(
    0x2005,
    'COM_HUB_UNREACHABLE',
    'warning',
    'The hub does not answer; the node stores its readings.',
    'Check that the hub is on and in the same network.',
  ),
  entry(0x2006, 'COM_HUB_BACK', 'info', 'The hub is reachable again.', WAIT),
  entry(
    0x2007,
    'COM_BACKLOG_FULL',
    'error',
    'The node’s store is full: its oldest readings are being dropped.',
    'Bring the hub or the network back; those readings are gone.',
  ),
  entry(0x2008, 'COM_BACKLOG_SENT', 'info', 'All stored readings have been delivered.', WAIT),
  entry(
    0x2009,
    'COM_BAD_COMMAND',
    'warning',
    'The hub sent something that the node does not understand.',
    'Update the node’s firmware.',
  ),
  entry(
    0x200a,
    'COM_BAD_CONFIG',
    'error',
    'The node refused a configuration and keeps the old one.',
    'Open the node’s settings and correct them.',
  ),
  entry(0x200b, 'COM_PEER_LOST', 'info', 'A neighbouring node no longer answers.', WAIT),
  entry(
    0x200c,
    'COM_REPLAY_REFUSED',
    'warning',
    'A radio message came a second time and was refused.',
    'When it comes often: somebody may be recording the radio; tell your supplier.',
  ),
  entry(
    0x200d,
    'COM_LORA_USED',
    'warning',
    'Wi-Fi is gone; the node speaks by LoRa.',
    'Check the access point of this house.',
  ),
  entry(
    0x200e,
    'COM_LORA_DUTY',
    'warning',
    'The LoRa airtime of this hour is used up.',
    'Bring the Wi-Fi back: only alerts get through.',
  ),
  entry(
    0x200f,
    'COM_TIME_UNSET',
    'warning',
    'The node has no time from anybody.',
    'Check that the hub is reachable; its readings are placed by arrival meanwhile.',
  ),
  entry(0x2010, 'COM_TIME_STEPPED', 'info', 'The node’s clock was set by more than a second.', WAIT),
  // 3 SEC: identity and secrets
  entry(
    0x3001,
    'SEC_CERT_EXPIRING',
    'warning',
    'The node’s certificate ends within 30 days.',
    'Nothing to do when the node is online: it is renewed. Else bring it online.',
  ),
  entry(
    0x3002,
    'SEC_CERT_EXPIRED',
    'error',
    'The node’s certificate has ended.',
    'Add the node again with a new code.',
  ),
  entry(
    0x3003,
    'SEC_HUB_UNTRUSTED',
    'critical',
    'Something that is not this farm’s hub answered under its address.',
    'Check what else is in the network; after a new hub, add the node again.',
  ),
  entry(0x3004, 'SEC_KEY_ROTATED', 'info', 'The node has a new key and certificate.', WAIT),
  entry(
    0x3005,
    'SEC_KEY_ROTATION_FAILED',
    'error',
    'The node could not renew its certificate.',
    'Restart the node; add it again when it fails once more.',
  ),
  entry(
    0x3006,
    'SEC_NVS_UNREADABLE',
    'critical',
    'The node’s protected memory cannot be read.',
    'Replace the node, or reset it to factory state and add it again.',
  ),
  entry(
    0x3007,
    'SEC_FRAME_REFUSED',
    'warning',
    'Radio messages with a wrong seal were refused.',
    'Nothing to do when another farm is near; else tell your supplier.',
  ),
  entry(
    0x3008,
    'SEC_DEVELOPMENT_BUILD',
    'warning',
    'The node runs firmware without secure boot.',
    'Do not use it on a farm: install release firmware.',
  ),
  // 4 OTA: firmware updates
  entry(
    0x4001,
    'OTA_REJECTED',
    'warning',
    'The node refused an update (other chip, older, or no room).',
    'Choose the firmware that fits this node.',
  ),
  entry(
    0x4002,
    'OTA_DOWNLOAD_FAILED',
    'warning',
    'An update could not be downloaded; it is tried again.',
    'Check the node’s Wi-Fi when it repeats.',
  ),
  entry(
    0x4003,
    'OTA_HASH',
    'error',
    'A downloaded update is damaged and was thrown away.',
    'Upload the firmware file again.',
  ),
  entry(
    0x4004,
    'OTA_SIGNATURE',
    'critical',
    'An update has no valid signature and was refused.',
    'Do not install this file; tell your supplier where it came from.',
  ),
  entry(
    0x4005,
    'OTA_ROLLED_BACK',
    'error',
    'The new firmware was not healthy; the node went back to the old one.',
    'Stop the roll-out and tell your supplier.',
  ),
  entry(0x4006, 'OTA_CONFIRMED', 'info', 'The new firmware is healthy and stays.', WAIT),
  entry(
    0x4007,
    'OTA_FLASH_WRITE',
    'error',
    'The update could not be written to flash.',
    'Try again; replace the node when it fails twice.',
  ),
  entry(
    0x4008,
    'OTA_DOWNGRADE',
    'error',
    'An update older than the anti-rollback version was refused.',
    'Choose newer firmware.',
  ),
  // 5 HW: board, power, memory
  entry(
    0x5001,
    'HW_BROWNOUT',
    'error',
    'The supply voltage fell too low and the node restarted.',
    'Check the power supply, its cable and its plug.',
  ),
  entry(
    0x5002,
    'HW_WATCHDOG',
    'error',
    'A task hung and the watchdog restarted the node.',
    'Update the firmware; replace the node when it repeats.',
  ),
  entry(
    0x5003,
    'HW_PANIC',
    'error',
    'The firmware crashed and the node restarted.',
    'Update the firmware and tell your supplier.',
  ),
  entry(
    0x5004,
    'HW_REBOOT_LOOP',
    'critical',
    'The node restarts again and again.',
    'Check its power supply; replace it when that is good.',
  ),
  entry(
    0x5005,
    'HW_HEAP_LOW',
    'warning',
    'The node is short of memory.',
    'Restart the node; tell your supplier when it repeats.',
  ),
  entry(
    0x5006,
    'HW_SD_MISSING',
    'warning',
    'The node has no usable memory card: little can be stored while the hub is away.',
    'Put in a memory card (FAT32), or a new one.',
  ),
  entry(
    0x5007,
    'HW_SD_FULL',
    'warning',
    'The node’s memory card is full.',
    'Replace it by a larger one when the node was not cut off for long.',
  ),
  entry(0x5008, 'HW_SD_ERROR', 'error', 'The node’s memory card has errors.', 'Replace the memory card.'),
  entry(0x5009, 'HW_NVS_WEAR', 'warning', 'The node’s settings memory is worn.', 'Plan to replace the node.'),
  entry(
    0x500a,
    'HW_OVERHEAT',
    'warning',
    'The node itself is too hot.',
    'Move it out of the sun and away from heaters.',
  ),
  entry(0x500b, 'HW_RTC', 'warning', 'The node’s clock chip does not keep time.', 'Replace its battery.'),
  entry(
    0x500c,
    'HW_SUPPLY_LOW',
    'warning',
    'The supply voltage is low but still enough.',
    'Check the power supply before it fails.',
  ),
]

const BY_CODE = new Map(DIAGNOSTIC_CODES.map((code) => [code.code, code]))

/** What a code means; undefined for one that this hub does not know. */
export const diagnosticCode = (code: number): DiagnosticCode | undefined => BY_CODE.get(code)

/** `DAQ` … `HW`, from the code's first digit; null for a digit that no subsystem has. */
export const subsystemOf = (code: number): string | null =>
  (SUBSYSTEMS as Record<number, string>)[Math.floor(code / 0x1000)] ?? null
