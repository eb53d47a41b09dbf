/**
 * The cookies browsers keep tokens in, without the prefix that they may be sent with (see http/cookies.ts). A place and a pass belong to one room, so each room has cookies of its own.
 */
export const SESSION_COOKIE = 'naru-session'
export const placeCookie = (room: string) => `naru-place-${room}`
export const passCookie = (room: string) => `naru-pass-${room}`
/** Says on which device an account was signed in before; it opens nothing. */
export const DEVICE_COOKIE = 'naru-device'
