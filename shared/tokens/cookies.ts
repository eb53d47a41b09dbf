/**
 * The cookies that store tokens in browsers, without the prefix that they may be sent with (see http/cookies.ts). A
 * place and a pass belong to one room, so each room has separate cookies.
 */
export const SESSION_COOKIE = 'naru-session'
export const placeCookie = (room: string) => `naru-place-${room}`
export const passCookie = (room: string) => `naru-pass-${room}`
/** Identifies a device on which an account was signed in before; it grants no access. */
export const DEVICE_COOKIE = 'naru-device'
