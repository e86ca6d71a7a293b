/** Lines differ in dashes too: not everybody tells colours apart, and the sun takes them. By number of the line's colour. */
export const DASHES: readonly number[][] = [[], [8, 4], [2, 3], [12, 3, 2, 3], [5, 5], [1, 5]]
