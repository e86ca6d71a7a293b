// Names of places and sensors, which are slugs on the wire, as people read them. Pure.

/** `house-1` → `House 1`; `co2` stays what it is but for the capitals that every reader knows. */
export function nameText(slug: string): string {
  const words = slug.replaceAll(/[-_]+/g, ' ').trim()
  const known = words.replaceAll(/\bco2\b/gi, 'CO₂').replaceAll(/\bnh3\b/gi, 'NH₃')
  return known.charAt(0).toUpperCase() + known.slice(1)
}
