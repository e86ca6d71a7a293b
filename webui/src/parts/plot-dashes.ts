/** Lines differ in dashes too: not everybody tells colours apart, and the sun takes them. By number of the line's colour. */
export const DASHES: readonly number[][] = [[], [14, 4], [3, 3], [14, 4, 3, 4], [7, 5], [2, 6]]
