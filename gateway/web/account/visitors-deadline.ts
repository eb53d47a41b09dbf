import type { Context } from 'hono'
import { readHoldRoute } from '../../../shared/api/holds.ts'
import { readOwnCookies } from '../../../shared/http/cookies.ts'
import { passCookie, placeCookie } from '../../../shared/tokens/cookies.ts'
import type { GatewayVerifiers } from '../../api/auth/credentials.ts'
import type { Api } from '../../api/page-api.ts'
import type { ReadTurn } from '../../api/rooms/place.ts'
import { positionOf } from '../../room/draw.ts'
import type { NamedPass } from '../../room/is-pass-valid.ts'
import type { Snapshots } from '../../room/snapshot.ts'
import type { Assets } from '../assets/assets.ts'
import type { Deadline } from '../layout/deadline-part.ts'
import type { PageContext } from '../layout/page.ts'
import { type PageEnv, pageContext } from '../layout/page-context.ts'

export type DeadlineDeps = {
  assets: Assets
  api: Api
  snapshots: Pick<Snapshots, 'of'>
  verifiers: Pick<GatewayVerifiers, 'place' | 'pass'>
  readTurn: ReadTurn
  isPlaceUsed: (room: string, position: number) => Promise<boolean>
  isPassValid: (pass: NamedPass) => Promise<boolean>
}

/** A browser may send cookies of any number of rooms. */
const ROOMS_MAX = 5

/** The context of a page on which a fan might miss a deadline, such as a form for a code. */
export async function timedContext(deps: DeadlineDeps, c: Context<PageEnv>): Promise<PageContext> {
  // Signing in works without Redis.
  const deadline = await visitorsDeadline(deps, c).catch(() => undefined)
  if (deadline !== undefined) c.header('cache-control', 'no-store')
  return { ...pageContext(c, deps.assets), deadline }
}

/** The earliest deadline of a visitor's baskets, passes and turns in all rooms; undefined where there is none. */
async function visitorsDeadline(deps: DeadlineDeps, c: Context): Promise<Deadline | undefined> {
  const [passes, places] = [tokensOf(c, passCookie), tokensOf(c, placeCookie)]
  const rooms = [...new Set([...passes.keys(), ...places.keys()])].slice(0, ROOMS_MAX)
  const found = await Promise.all(
    rooms.map(async (room) => {
      const admitted = await readPass(deps, room, passes.get(room))
      // A place that was used for a pass has no turn any more.
      return admitted === undefined
        ? await endOfTurn(deps, room, places.get(room))
        : await endOfPass(deps, c, room, admitted)
    }),
  )
  const [first] = found
    .filter((each) => each !== undefined)
    .toSorted((a, b) => Date.parse(a.endsAt) - Date.parse(b.endsAt))
  return first
}

/** A browser's tokens in cookies of one kind, by room. */
function tokensOf(c: Context, cookie: (room: string) => string): Map<string, string> {
  const beginning = cookie('')
  return new Map(readOwnCookies(c, beginning).map(({ name, value }) => [name.slice(beginning.length), value]))
}

/** When a valid pass ends. */
async function readPass(
  { verifiers, isPassValid }: DeadlineDeps,
  room: string,
  token: string | undefined,
): Promise<{ endsAt: string } | undefined> {
  const pass = verifiers.pass(token ?? '')
  if (pass.status !== 'valid' || pass.claims.aud !== room) return undefined
  const { sub, jti, exp } = pass.claims
  const isGood = await isPassValid({ room, account: sub, passId: jti })
  return isGood ? { endsAt: new Date(exp * 1000).toISOString() } : undefined
}

/** For an admitted fan: when the basket is released, or else when the time to buy is over; none during a payment. */
async function endOfPass(
  { api }: DeadlineDeps,
  c: Context,
  room: string,
  { endsAt }: { endsAt: string },
): Promise<Deadline | undefined> {
  const next = `/festivals/${room}/buy`
  const hold = await api(c, readHoldRoute, { params: { room } })
  if (!hold.ok) return { of: 'pass', endsAt, next }
  if (hold.body.paying) return undefined
  return { of: 'basket', endsAt: hold.body.expiresAt, next: `${next}?flash=hold-expired` }
}

/** For a called fan without a pass. */
async function endOfTurn(
  { snapshots, verifiers, readTurn, isPlaceUsed }: DeadlineDeps,
  room: string,
  token: string | undefined,
): Promise<Deadline | undefined> {
  const state = snapshots.of(room)?.state
  const place = verifiers.place(token ?? '')
  if (state === undefined || place.status !== 'valid' || place.claims.aud !== room) return undefined
  const position = positionOf(place.claims.index, state.draw)
  if (place.claims.epoch < state.epoch || position === undefined || position > state.serving) return undefined
  if (await isPlaceUsed(room, position)) return undefined
  const turn = await readTurn(room, position)
  if (turn.status !== 'open') return undefined
  return { of: 'turn', endsAt: turn.endsAt.toISOString(), next: `/festivals/${room}/room` }
}
