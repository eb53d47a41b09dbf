/** Milliseconds since the epoch. Passed in, so that tests choose the time. */
export type Clock = () => number
