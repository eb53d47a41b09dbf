import type { HttpBindings } from '@hono/node-server'
import type { RequestVariables } from '../shared/api/openapi.ts'
import type { CookieScheme } from '../shared/http/cookies.ts'
import type { Redis } from '../shared/redis/client.ts'
import type { BoundedQueue } from '../shared/runtime/bounded-queue.ts'
import type { Clock } from '../shared/runtime/clock.ts'
import type { Logger } from '../shared/runtime/log.ts'
import type { Metrics } from '../shared/runtime/metrics.ts'
import type { PublicJwk } from '../shared/tokens/keys.ts'
import type { SignToken } from '../shared/tokens/sign.ts'
import type { GatewayVerifiers } from './api/auth/credentials.ts'
import type { Api } from './api/page-api.ts'
import type { Policies } from './api/rooms/policies.ts'
import type { Festivals } from './catalogue/festivals.ts'
import type { Images } from './catalogue/images.ts'
import type { GatewayConfig } from './config.ts'
import type { ClientNetwork } from './edge/client-ip.ts'
import type { GatewayLimits } from './limits.ts'
import type { OriginClient } from './origin-client/origin-client.ts'
import type { PollFloors } from './rate-limits/poll-interval.ts'
import type { CountProof } from './room/counted-proof.ts'
import type { ProofOfWork } from './room/proof-of-work.ts'
import type { Snapshots } from './room/snapshot.ts'
import type { Assets } from './web/assets/assets.ts'
import type { Renderer } from './web/rendering/renderer.ts'

export type GatewayDeps = {
  config: Pick<GatewayConfig, 'publicUrl' | 'timeZone' | 'placeSecret' | 'pollNearSeconds'>
  /** The limits that override `GATEWAY_LIMITS`. */
  limits?: Partial<GatewayLimits>
  redis: Redis
  origin: OriginClient
  festivals: Festivals
  snapshots: Snapshots
  verifiers: GatewayVerifiers
  clientNetwork: ClientNetwork
  floors: PollFloors
  proofOfWork: ProofOfWork
  countProof: CountProof
  assets: Assets
  images: Images
  renderer: Renderer
  signIns: BoundedQueue
  signPlace: SignToken<'place'>
  signPass: SignToken<'pass'>
  passJwks: readonly PublicJwk[]
  metrics: Metrics
  now: Clock
  log: Logger
}

export type GatewayEnv = { Variables: RequestVariables; Bindings: Partial<HttpBindings> }

/** The dependencies of the areas of the gateway's app. */
export type GatewayContext = Omit<GatewayDeps, 'limits'> & {
  limits: GatewayLimits
  cookies: CookieScheme
  policies: Policies
  /** Calls the app in process, as pages do. */
  api: Api
}
