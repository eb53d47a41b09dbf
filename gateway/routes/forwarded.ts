import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { BoundedQueue } from '../../shared/bounded-queue.ts'
import type { RequestVariables } from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import { passCookie, SESSION_COOKIE } from '../../shared/tokens/cookies.ts'
import type { TryKind } from '../clients/sign-in-tries.ts'
import type { OriginClient } from '../origin-client.ts'
import { forward } from '../proxy.ts'
import { type AttemptsDeps, rememberDevice, takeAttempt, triedIn } from './attempts.ts'
import { type GatewayVerifiers, requireClaims, requireSession, tokenOf } from './credentials.ts'

/** Where Stripe sends its events, under `/api`. They are signed, and may be larger than what people send. */
export const WEBHOOK_PATH = '/webhooks/stripe'

/** Where organisers send a festival's picture, under `/api`: an image, and larger than other bodies. */
export const PICTURE_PATH = '/admin/festivals/:festival/picture'

/**
 * Everything of the origin that can be reached through the gateway, and the token that each needs. Those who sign in or
 * up cannot have one yet, and the payment provider never has: they go under the gateway's own.
 */
const FORWARDED = [
  ['POST', '/accounts', 'sign-in'],
  ['POST', '/sessions', 'sign-in'],
  ['POST', WEBHOOK_PATH, 'webhook'],
  ['POST', '/password-resets', 'letter'],
  ['POST', '/password-resets/completion', 'sign-in'],
  ['PUT', '/me/password', 'password'],
  ['POST', '/me/email-confirmation', 'my-letter'],
  ['POST', '/me/email-confirmation/completion', 'password'],
  ['POST', '/me/email-confirmation/link', 'password'],
  ['POST', '/me/session', 'session'],
  ['DELETE', '/sessions/current', 'session'],
  ['DELETE', '/sessions', 'session'],
  ['GET', '/me', 'session'],
  ['GET', '/mail', 'mail'],
  ['PUT', '/rooms/:room/hold', 'pass'],
  ['GET', '/rooms/:room/hold', 'pass'],
  ['DELETE', '/rooms/:room/hold', 'pass'],
  ['POST', '/rooms/:room/payments', 'pass'],
  ['GET', '/rooms/:room/payments/:payment', 'session'],
  ['GET', '/rooms/:room/purchase', 'session'],
  ['GET', '/orders', 'session'],
  ['GET', '/refunds', 'session'],
  ['GET', '/admin/festivals', 'session'],
  ['POST', '/admin/festivals', 'session'],
  ['GET', '/admin/festivals/:festival', 'session'],
  ['PATCH', '/admin/festivals/:festival', 'session'],
  ['DELETE', '/admin/festivals/:festival', 'session'],
  ['POST', '/admin/festivals/:festival/publish', 'session'],
  ['POST', '/admin/festivals/:festival/unpublish', 'session'],
  ['POST', '/admin/festivals/:festival/ticket-types', 'session'],
  ['PATCH', '/admin/festivals/:festival/ticket-types/:type', 'session'],
  ['DELETE', '/admin/festivals/:festival/ticket-types/:type', 'session'],
  ['PUT', PICTURE_PATH, 'session'],
  ['DELETE', PICTURE_PATH, 'session'],
  ['GET', '/admin/pictures/:name', 'session'],
  ['GET', '/admin/festivals/:festival/team', 'session'],
  ['PUT', '/admin/festivals/:festival/team/:account', 'session'],
  ['DELETE', '/admin/festivals/:festival/team/:account', 'session'],
  ['POST', '/admin/festivals/:festival/team/invitations', 'session'],
  ['DELETE', '/admin/festivals/:festival/team/invitations/:invitation', 'session'],
  ['POST', '/me/team-invitations/acceptance', 'session'],
  ['PUT', '/admin/festivals/:festival/team/settings', 'session'],
  ['GET', '/me/second-factor', 'session'],
  ['POST', '/me/second-factor', 'password'],
  ['POST', '/me/second-factor/confirmation', 'password'],
  ['POST', '/me/second-factor/removal', 'password'],
  ['POST', '/me/second-factor/recovery-codes', 'password'],
  ['POST', '/sessions/second-factor', 'sign-in'],
  ['GET', '/admin/rooms/:room', 'session'],
  ['PATCH', '/admin/rooms/:room', 'session'],
  ['GET', '/admin/rooms/:room/changes', 'session'],
  ['GET', '/admin/rooms/:room/sale', 'session'],
  ['GET', '/admin/rooms/:room/orders', 'session'],
  ['GET', '/admin/rooms/:room/orders.csv', 'session'],
  ['GET', '/admin/accounts', 'session'],
  ['PATCH', '/admin/accounts/:account', 'session'],
  ['GET', '/admin/changes', 'session'],
  ['GET', '/admin/dead-letters/payments', 'session'],
  ['GET', '/admin/dead-letters/emails', 'session'],
  ['GET', '/orders/:order', 'session'],
  ['POST', '/orders/:order/cancellation', 'session'],
  ['POST', '/admin/orders/:order/cancellation', 'session'],
  ['GET', '/admin/rooms/:room/payments', 'session'],
  ['GET', '/admin/rooms/:room/payments/aside', 'session'],
  ['POST', '/admin/rooms/:room/payments/aside/:id', 'session'],
  ['GET', '/admin/rooms/:room/reversals', 'session'],
  ['POST', '/admin/rooms/:room/reversals/:id/settlement', 'session'],
  ['GET', '/check-ins/keys', 'session'],
  ['POST', '/check-ins', 'session'],
  ['POST', '/check-ins/batch', 'session'],
  ['DELETE', '/check-ins/:id', 'session'],
  ['GET', '/festivals/:festival/check-ins/summary', 'session'],
  ['GET', '/festivals/:festival/check-ins/window', 'session'],
  ['GET', '/festivals/:festival/check-ins/list', 'session'],
  ['GET', '/festivals/:festival/check-ins/names', 'session'],
  ['GET', '/admin/rooms/:room/check-ins/conflicts', 'session'],
  ['GET', '/admin/rooms/:room/check-ins/scans.csv', 'session'],
] as const

/** What the gateway needs of a session that has begun. */
const BegunSchema = z.object({ account: z.object({ proven: z.boolean() }) })

type ForwardedKind = (typeof FORWARDED)[number][2]
type ForwardedEnv = { Variables: RequestVariables; Bindings: Partial<HttpBindings> }

const SIGNATURE_HEADER = 'stripe-signature'

/** The reverse proxy. A token is checked here too, so that a request without a right costs the origin nothing. */
export function createForwardedRoutes(
  deps: AttemptsDeps & {
    origin: OriginClient
    verifiers: GatewayVerifiers
    /** Signing up and in wait here, so that buying never waits behind them (D5). */
    signIns: BoundedQueue
  },
) {
  const { origin, verifiers } = deps
  const app = new Hono<ForwardedEnv>()
  const ways: Record<ForwardedKind, (c: Context<ForwardedEnv>) => Promise<Response>> = {
    'sign-in': (c) => forwardTry(c, 'sign-in'),
    letter: (c) => forwardTry(c, 'letter'),
    'my-letter': forwardMyLetter,
    password: forwardPassword,
    mail: forwardMail,
    webhook: forwardSigned,
    session: forwardSession,
    pass: forwardPass,
  }
  for (const [method, path, kind] of FORWARDED) app.on(method, path, async (c) => await ways[kind](c))
  return app

  async function forwardSession(c: Context<ForwardedEnv>): Promise<Response> {
    const token = tokenOf(c, SESSION_COOKIE)
    requireSession(verifiers, token)
    return await forward(c, origin, token ?? '')
  }

  async function forwardPass(c: Context<ForwardedEnv>): Promise<Response> {
    const room = c.req.param('room') ?? ''
    const token = tokenOf(c, passCookie(room))
    requireClaims('pass', verifiers.pass, token, room)
    return await forward(c, origin, token ?? '')
  }

  /** Counted by the account that the body names, whether or not there is such an account. */
  async function forwardTry(c: Context<ForwardedEnv>, kind: TryKind): Promise<Response> {
    const tried = triedIn(await c.req.text())
    await takeAttempt(deps, c, kind, tried)
    const response = await queued(c, () => forward(c, origin, origin.serviceToken()))
    if (response.status !== 201 || tried.email === undefined) return response
    return (await isProven(response)) ? rememberDevice(deps, c, response, tried.email) : response
  }

  /**
   * An unproven account may be anybody's, since an address can have several: devices that were known for it would have
   * attempts of their own at the password of the address's owner.
   */
  async function isProven(response: Response): Promise<boolean> {
    const read = BegunSchema.safeParse(await response.clone().json())
    return read.success && read.data.account.proven
  }

  /** Changing a password takes the current one, and confirming an address a code: both could be guessed here too. */
  async function forwardPassword(c: Context<ForwardedEnv>): Promise<Response> {
    const token = tokenOf(c, SESSION_COOKIE)
    const { sub } = requireSession(verifiers, token)
    await takeAttempt(deps, c, 'sign-in', { ...triedIn(await c.req.text()), subject: sub })
    return queued(c, () => forward(c, origin, token ?? ''))
  }

  /** An e-mail to the own address, which costs the origin no password and so waits behind nobody who signs in. */
  async function forwardMyLetter(c: Context<ForwardedEnv>): Promise<Response> {
    const token = tokenOf(c, SESSION_COOKIE)
    const { sub } = requireSession(verifiers, token)
    await takeAttempt(deps, c, 'letter', { ...triedIn(await c.req.text()), subject: sub })
    return await forward(c, origin, token ?? '')
  }

  /** Letters open accounts, so they are shown on the machine of the developer alone, and only there is the origin asked. */
  async function forwardMail(c: Context<ForwardedEnv>): Promise<Response> {
    if (deps.clientNetwork(c.env?.incoming) !== undefined) throw new Problem('not-found')
    return await forward(c, origin, origin.serviceToken())
  }

  /** The origin checks the signature; without any it need not be asked. */
  async function forwardSigned(c: Context<ForwardedEnv>): Promise<Response> {
    if (c.req.header(SIGNATURE_HEADER) === undefined) throw new Problem('signature-invalid')
    return await forward(c, origin, origin.serviceToken(), [SIGNATURE_HEADER])
  }

  /** Whoever has left while waiting costs the origin no password: their next try is in line behind them already. */
  async function queued(c: Context<ForwardedEnv>, send: () => Promise<Response>): Promise<Response> {
    const { signal } = c.req.raw
    const sent = await deps.signIns(async () => {
      if (signal.aborted) throw new Problem('unavailable', 'The caller has left')
      return await send()
    })
    if (sent.status === 'ran') return sent.value
    throw new Problem('busy', 'Many are signing in just now', { retryAfterSeconds: sent.retryAfterSeconds })
  }
}
