import {
  BODY_BYTES_MAX,
  FESTIVAL_BYTES_MAX,
  IMAGE_BYTES_MAX,
  WEBHOOK_BYTES_MAX,
} from '../shared/http/limits.ts'
import { PLACE_SECONDS } from './api/rooms/place.ts'
import { ATTEMPT_LIMITS } from './rate-limits/login-attempts.ts'
import { ENTRY_REMEMBER_SECONDS } from './room/enter-room.ts'
import { CHALLENGE_SECONDS } from './room/proof-of-work.ts'
import { POLL_FAR_SECONDS } from './room/status.ts'

/** The limits of pages and API, each defined next to what it bounds. Tests replace some of them with smaller ones. */
export const GATEWAY_LIMITS = {
  bodyBytesMax: BODY_BYTES_MAX,
  webhookBytesMax: WEBHOOK_BYTES_MAX,
  festivalBytesMax: FESTIVAL_BYTES_MAX,
  imageBytesMax: IMAGE_BYTES_MAX,
  entryRememberSeconds: ENTRY_REMEMBER_SECONDS,
  challengeSeconds: CHALLENGE_SECONDS,
  placeSeconds: PLACE_SECONDS,
  pollFarSeconds: POLL_FAR_SECONDS,
  attempts: ATTEMPT_LIMITS,
}

export type GatewayLimits = typeof GATEWAY_LIMITS
