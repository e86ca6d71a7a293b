/* Diagnostic codes: subsystem digit x 0x1000 + number. Made by `npm run vectors` from hub/wire/codes.ts: change that. */
#ifndef ROOST_CODES_H
#define ROOST_CODES_H

#include <stdint.h>

enum roost_severity {
  ROOST_SEVERITY_INFO = 1,
  ROOST_SEVERITY_WARNING = 2,
  ROOST_SEVERITY_ERROR = 3,
  ROOST_SEVERITY_CRITICAL = 4,
};

enum roost_subsystem {
  ROOST_SUBSYSTEM_DAQ = 1,
  ROOST_SUBSYSTEM_COM = 2,
  ROOST_SUBSYSTEM_SEC = 3,
  ROOST_SUBSYSTEM_OTA = 4,
  ROOST_SUBSYSTEM_HW = 5,
};

/* X(name, code, severity, meaning) for each, in order of code. */
#define ROOST_CODE_LIST(X) \
  X(DAQ_SENSOR_MISSING, 0x1001, 3, "A configured sensor does not answer.") \
  X(DAQ_SENSOR_LOST, 0x1002, 3, "A sensor that worked stopped answering.") \
  X(DAQ_SENSOR_BACK, 0x1003, 1, "A lost sensor answers again.") \
  X(DAQ_CHECKSUM, 0x1004, 2, "A reading came with a wrong checksum and was dropped.") \
  X(DAQ_OUT_OF_BOUNDS, 0x1005, 2, "A reading lies outside what is physically possible.") \
  X(DAQ_RATE_LIMITED, 0x1006, 2, "A reading jumped faster than the quantity can.") \
  X(DAQ_STUCK, 0x1007, 2, "A reading has not changed at all for a long time.") \
  X(DAQ_FAILOVER, 0x1008, 2, "The backup sensor has taken over.") \
  X(DAQ_FAILBACK, 0x1009, 1, "The main sensor is used again.") \
  X(DAQ_BOTH_FAILED, 0x100a, 4, "Main and backup sensor of a quantity have failed.") \
  X(DAQ_DRIFT, 0x100b, 2, "Main and backup sensor differ more than they should.") \
  X(DAQ_CALIBRATION_DUE, 0x100c, 1, "A sensor has not been calibrated for longer than its maker allows.") \
  X(DAQ_CALIBRATION_FAILED, 0x100d, 2, "A calibration was given up: the reading was not steady or too far off.") \
  X(DAQ_WARMUP_LONG, 0x100e, 2, "A sensor needs longer to warm up than its maker says.") \
  X(DAQ_BUS_RESET, 0x100f, 2, "The sensor bus hung and was reset.") \
  X(DAQ_OVERRUN, 0x1010, 2, "Reading the sensors took longer than the sample period.") \
  X(DAQ_INPUT_FAULT, 0x1011, 3, "A monitored machine reports a fault on a digital input.") \
  X(DAQ_MAINS_LOST, 0x1012, 4, "The mains supply that a node watches is gone.") \
  X(DAQ_MAINS_BACK, 0x1013, 1, "The mains supply is back.") \
  X(DAQ_ACTUATOR_STUCK, 0x1014, 4, "A window or flap did not reach its position.") \
  X(COM_WIFI_LOST, 0x2001, 2, "The node lost the Wi-Fi.") \
  X(COM_WIFI_WEAK, 0x2002, 2, "The Wi-Fi is so weak that messages are at risk.") \
  X(COM_WIFI_AUTH, 0x2003, 3, "The Wi-Fi refuses the node’s password.") \
  X(COM_NO_ADDRESS, 0x2004, 3, "The network gave the node no address.") \
  X(COM_HUB_UNREACHABLE, 0x2005, 2, "The hub does not answer; the node stores its readings.") \
  X(COM_HUB_BACK, 0x2006, 1, "The hub is reachable again.") \
  X(COM_BACKLOG_FULL, 0x2007, 3, "The node’s store is full: its oldest readings are being dropped.") \
  X(COM_BACKLOG_SENT, 0x2008, 1, "All stored readings have been delivered.") \
  X(COM_BAD_COMMAND, 0x2009, 2, "The hub sent something that the node does not understand.") \
  X(COM_BAD_CONFIG, 0x200a, 3, "The node refused a configuration and keeps the old one.") \
  X(COM_PEER_LOST, 0x200b, 1, "A neighbouring node no longer answers.") \
  X(COM_REPLAY_REFUSED, 0x200c, 2, "A radio message came a second time and was refused.") \
  X(COM_LORA_USED, 0x200d, 2, "Wi-Fi is gone; the node speaks by LoRa.") \
  X(COM_LORA_DUTY, 0x200e, 2, "The LoRa airtime of this hour is used up.") \
  X(COM_TIME_UNSET, 0x200f, 2, "The node has no time from anybody.") \
  X(COM_TIME_STEPPED, 0x2010, 1, "The node’s clock was set by more than a second.") \
  X(SEC_CERT_EXPIRING, 0x3001, 2, "The node’s certificate ends within 30 days.") \
  X(SEC_CERT_EXPIRED, 0x3002, 3, "The node’s certificate has ended.") \
  X(SEC_HUB_UNTRUSTED, 0x3003, 4, "Something that is not this farm’s hub answered under its address.") \
  X(SEC_KEY_ROTATED, 0x3004, 1, "The node has a new key and certificate.") \
  X(SEC_KEY_ROTATION_FAILED, 0x3005, 3, "The node could not renew its certificate.") \
  X(SEC_NVS_UNREADABLE, 0x3006, 4, "The node’s protected memory cannot be read.") \
  X(SEC_FRAME_REFUSED, 0x3007, 2, "Radio messages with a wrong seal were refused.") \
  X(SEC_DEVELOPMENT_BUILD, 0x3008, 2, "The node runs firmware without secure boot.") \
  X(OTA_REJECTED, 0x4001, 2, "The node refused an update (other chip, older, or no room).") \
  X(OTA_DOWNLOAD_FAILED, 0x4002, 2, "An update could not be downloaded; it is tried again.") \
  X(OTA_HASH, 0x4003, 3, "A downloaded update is damaged and was thrown away.") \
  X(OTA_SIGNATURE, 0x4004, 4, "An update has no valid signature and was refused.") \
  X(OTA_ROLLED_BACK, 0x4005, 3, "The new firmware was not healthy; the node went back to the old one.") \
  X(OTA_CONFIRMED, 0x4006, 1, "The new firmware is healthy and stays.") \
  X(OTA_FLASH_WRITE, 0x4007, 3, "The update could not be written to flash.") \
  X(OTA_DOWNGRADE, 0x4008, 3, "An update older than the anti-rollback version was refused.") \
  X(HW_BROWNOUT, 0x5001, 3, "The supply voltage fell too low and the node restarted.") \
  X(HW_WATCHDOG, 0x5002, 3, "A task hung and the watchdog restarted the node.") \
  X(HW_PANIC, 0x5003, 3, "The firmware crashed and the node restarted.") \
  X(HW_REBOOT_LOOP, 0x5004, 4, "The node restarts again and again.") \
  X(HW_HEAP_LOW, 0x5005, 2, "The node is short of memory.") \
  X(HW_SD_MISSING, 0x5006, 2, "The node has no usable memory card: little can be stored while the hub is away.") \
  X(HW_SD_FULL, 0x5007, 2, "The node’s memory card is full.") \
  X(HW_SD_ERROR, 0x5008, 3, "The node’s memory card has errors.") \
  X(HW_NVS_WEAR, 0x5009, 2, "The node’s settings memory is worn.") \
  X(HW_OVERHEAT, 0x500a, 2, "The node itself is too hot.") \
  X(HW_RTC, 0x500b, 2, "The node’s clock chip does not keep time.") \
  X(HW_SUPPLY_LOW, 0x500c, 2, "The supply voltage is low but still enough.")

enum roost_code {
#define ROOST_CODE_ENUM(name, code, severity, meaning) ROOST_CODE_##name = (code),
  ROOST_CODE_LIST(ROOST_CODE_ENUM)
#undef ROOST_CODE_ENUM
};

#define ROOST_CODE_SUBSYSTEM(code) ((uint16_t)(code) >> 12)

#endif
