// Names that every part speaks: a device's uid, its place, its topic prefix (protocol.md, "Identity and place").

const UID = /^rn-[0-9a-f]{12}$/
const PLACE_PART = /^[a-z0-9][a-z0-9-]{0,31}$/
const SENSOR = /^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,63}$/

/** `rn-` and the 12 hex digits of the base MAC; the certificate's CN. */
export const isUid = (text: string): boolean => UID.test(text)
/** A sensor's id as it may stand in a topic and in a series name. */
export const isSensorId = (text: string): boolean => SENSOR.test(text)

export interface Place {
  site: string
  house: string
  node: string
}

/** `site/house/node` as a Place, or null when a part breaks `[a-z0-9][a-z0-9-]{0,31}`. */
export function parsePlace(text: string): Place | null {
  const [site, house, node, ...rest] = text.split('/')
  if (!site || !house || !node || rest.length > 0) return null
  return [site, house, node].every((part) => PLACE_PART.test(part)) ? { site, house, node } : null
}

export const placeText = (place: Place): string => `${place.site}/${place.house}/${place.node}`

/** The only topics of a device lie below this prefix (no trailing slash); `/farm/-/-/{uid}` while it has no place. */
export const topicPrefix = (uid: string, place: Place | null): string =>
  place ? `/farm/${place.site}/${place.house}/${place.node}` : `/farm/-/-/${uid}`
