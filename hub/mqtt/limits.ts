// Every bound of the broker that is not the store's or a listener's, in one place. TOPICS.md has the table of all of them.

/** A connection that has not said CONNECT after so long is closed. */
export const CONNECT_TIMEOUT_MS = 10_000
/** A reader that takes nothing for this long is cut off. */
export const DRAIN_TIMEOUT_MS = 30_000
/** Bytes that wait for one slow reader: then QoS 0 is dropped for it, and QoS 1 and 2 end its connection (its session keeps them). */
export const READER_BEHIND_MAX_BYTES = 1024 * 1024

export const TOPIC_LEVELS_MAX = 16
export const TOPIC_MAX_LENGTH = 512
export const CLIENT_ID_MAX_LENGTH = 512

/** The largest CONNECT: id, name, password and a will. */
export const CONNECT_PACKET_MAX_BYTES = 16 * 1024
/** Of a device's payload (R-COM-03): what is longer is acknowledged, counted and not stored. */
export const DEVICE_PAYLOAD_MAX_BYTES = 8_192
/** Of a device's packet: what is longer ends the connection before it is gathered. */
export const DEVICE_PACKET_MAX_BYTES = 64 * 1024
export const CLIENT_PACKET_MAX_BYTES = 256 * 1024

/** What one connection may publish and subscribe; what is above waits, and with it what the client sends next. */
export const PUBLISH_RATE = { burst: 5_000, perSecond: 1_000 }
export const SUBSCRIBE_RATE = { burst: 512, perSecond: 20 }
export const FILTERS_MAX = 256
/** Filters of all connections of one identity from one address, and of all sessions that are kept for one identity. */
export const FILTERS_OF_ADDRESS_MAX = 2_048
export const FILTERS_KEPT_MAX = 8_192
/** Filters that one identity asks for from one address; whoever asks for more is cut off before they are looked at. */
export const FILTERS_OF_ADDRESS_RATE = { burst: 4_096, perSecond: 400 }
/** Bytes that all clients but the nodes make the hub write to the card, from one address and in all: the nodes' readings wait for the card too. */
export const WRITTEN_OF_ADDRESS_RATE = { burst: 8 * 1024 * 1024, perSecond: 512 * 1024 }
export const WRITTEN_RATE = { burst: 16 * 1024 * 1024, perSecond: 2 * 1024 * 1024 }
/** Deliveries, at once and into queues, that what one identity publishes from one address may cause; nodes are not counted. */
export const FAN_OUT_RATE = { burst: 50_000, perSecond: 20_000 }
/** QoS 2 messages of one client that wait for its PUBREL. */
export const RECEIVED_MAX = 128

/** Connections and kept sessions of one identity. A device that flaps may have several; legacy devices share one identity. */
export const CONNECTIONS_OF = { device: 8, user: 64, plain: 2_000 }
export const SESSIONS_OF = { device: 8, user: 64, plain: 1_000 }
/** Of the identity that all on the plain listener share; no user can have this name. */
export const PLAIN_NAME = '+plain'

/** Retained messages of all clients; the hub's own are not counted. */
export const RETAINED_MAX = 10_000
export const RETAINED_MAX_BYTES = 16 * 1024 * 1024

/** Of a message that is kept as the last known value of its topic. */
export const LAST_VALUE_MAX_BYTES = 4_096
/** Last known values take at most half of what may be retained, so that who asks for retention finds room. */
export const LAST_VALUES_MAX = RETAINED_MAX / 2
export const LAST_VALUES_MAX_BYTES = RETAINED_MAX_BYTES / 2
/** Last known values reach the card at most this often, and at close. */
export const LAST_VALUES_PERIOD_MS = 60_000
