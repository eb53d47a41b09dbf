import { randomUUID } from 'node:crypto'
import type { BasketLine } from '../../../drizzle/schema/purchases.ts'
import type { Redis } from '../../../shared/redis/client.ts'
import { roomKeys } from '../../../shared/redis/keys.ts'
import { readPrivateKey } from '../../../shared/tokens/keys.ts'
import { createTokenSigner } from '../../../shared/tokens/sign.ts'
import { bearer, requestBytes } from './requests.ts'

/** A fan with a live pass, as the room stores it. */
export type Admitted = { account: string; passId: string }

const PASS_SECONDS = 3600
const FANS_PER_COMMAND = 5000

/** Gives passes to many new accounts in bulk, with the result of as many calls of roomClaim. */
export async function admitFans(redis: Redis, room: string, count: number): Promise<Admitted[]> {
  const keys = roomKeys(room)
  const endsMs = Date.now() + PASS_SECONDS * 1000
  const fans = Array.from({ length: count }, () => ({ account: randomUUID(), passId: randomUUID() }))
  for (let from = 0; from < count; from += FANS_PER_COMMAND) {
    const some = fans.slice(from, from + FANS_PER_COMMAND)
    await redis.zadd(keys.passes, ...some.flatMap(({ account }) => [endsMs, account]))
    await redis.hset(
      keys.pass,
      ...some.flatMap(({ account, passId }) => [account, JSON.stringify({ id: passId, position: 0 })]),
    )
  }
  return fans
}

/** Each of these fans' request to hold a basket, under the pass that a gateway would have signed for them. */
export function holdRequests(
  fans: readonly Admitted[],
  { room, basket, passKeyBase64 }: { room: string; basket: readonly BasketLine[]; passKeyBase64: string },
): Buffer[] {
  const signPass = createTokenSigner('pass', readPrivateKey('pass', passKeyBase64))
  const iat = Math.floor(Date.now() / 1000)
  const lifetime = { iat, exp: iat + PASS_SECONDS }
  return fans.map(({ account, passId }) => {
    const pass = signPass({ aud: room, sub: account, jti: passId, ...lifetime })
    return requestBytes('PUT', `/api/rooms/${room}/hold`, [bearer(pass)], { basket })
  })
}
