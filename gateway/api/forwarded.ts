import type { HttpBindings } from '@hono/node-server'
import type { RouteConfig } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { z } from 'zod'
import { createOpenApiApp, type RequestVariables } from '../../shared/api/openapi.ts'
import { ORIGIN_ROUTES, type OriginAccess } from '../../shared/api/origin-routes.ts'
import { Problem } from '../../shared/api/problem.ts'
import type { BoundedQueue } from '../../shared/runtime/bounded-queue.ts'
import { passCookie, SESSION_COOKIE } from '../../shared/tokens/cookies.ts'
import { WEBHOOK_HEADERS } from '../../shared/webhook-headers.ts'
import { forward } from '../edge/proxy.ts'
import type { OriginClient } from '../origin-client/origin-client.ts'
import type { AttemptKind } from '../rate-limits/login-attempts.ts'
import { type GatewayVerifiers, requireClaims, requireSession, tokenOf } from './auth/credentials.ts'
import { type AttemptsDeps, rememberDevice, takeAttempt, triedIn } from './limit-attempts.ts'

/** The part of a new session that the gateway reads. */
const BegunSchema = z.object({ account: z.object({ proven: z.boolean() }) })

type ForwardedEnv = { Variables: RequestVariables; Bindings: Partial<HttpBindings> }

type ForwardDeps = AttemptsDeps & {
  origin: OriginClient
  verifiers: GatewayVerifiers
  /** Sign-ups and sign-ins queue here, so that purchases never wait behind them (D5). */
  signIns: BoundedQueue
}

type Forward = (deps: ForwardDeps, c: Context<ForwardedEnv>) => Promise<Response>

/** How requests of each kind of access are checked before they are forwarded. */
const FORWARDS: Readonly<Record<Exclude<OriginAccess, 'gateway'>, Forward>> = {
  'sign-in': (deps, c) => forwardAttempt(deps, c, 'sign-in'),
  email: (deps, c) => forwardAttempt(deps, c, 'email'),
  'own-email': forwardOwnEmail,
  password: forwardPassword,
  mail: forwardMail,
  webhook: forwardSigned,
  session: forwardSession,
  pass: forwardPass,
}

/** The reverse proxy. Tokens are checked here too, so that an unauthorised request costs the origin nothing. */
export function createForwardedRoutes(deps: ForwardDeps) {
  const app = createOpenApiApp<ForwardedEnv>()
  for (const [route, access] of ORIGIN_ROUTES) {
    if (access === 'gateway') continue
    app.on(route.method.toUpperCase(), route.getRoutingPath(), async (c) => await FORWARDS[access](deps, c))
    app.openAPIRegistry.registerPath(publicRoute(route))
  }
  return app
}

async function forwardSession(
  { origin, verifiers }: ForwardDeps,
  c: Context<ForwardedEnv>,
): Promise<Response> {
  const token = tokenOf(c, SESSION_COOKIE)
  requireSession(verifiers, token)
  return await forward(c, origin, token ?? '')
}

async function forwardPass({ origin, verifiers }: ForwardDeps, c: Context<ForwardedEnv>): Promise<Response> {
  const room = c.req.param('room') ?? ''
  const token = tokenOf(c, passCookie(room))
  requireClaims('pass', verifiers.pass, token, room)
  return await forward(c, origin, token ?? '')
}

/** Counted by the account that the body names, whether or not such an account exists. */
async function forwardAttempt(
  deps: ForwardDeps,
  c: Context<ForwardedEnv>,
  kind: AttemptKind,
): Promise<Response> {
  const { origin } = deps
  const tried = triedIn(await c.req.text())
  await takeAttempt(deps, c, kind, tried)
  const response = await queued(deps, c, () => forward(c, origin, origin.serviceToken()))
  if (response.status !== 201 || tried.email === undefined) return response
  return (await isProven(response)) ? rememberDevice(deps, c, response, tried.email) : response
}

/**
 * An address can have several unproven accounts of anyone: a device known for one would get separate attempts at the
 * password of the address's owner.
 */
async function isProven(response: Response): Promise<boolean> {
  const read = BegunSchema.safeParse(await response.clone().json())
  return read.success && read.data.account.proven
}

/** Changing a password requires the current one, and confirming an address a code: both could be guessed here too. */
async function forwardPassword(deps: ForwardDeps, c: Context<ForwardedEnv>): Promise<Response> {
  const token = tokenOf(c, SESSION_COOKIE)
  const { sub } = requireSession(deps.verifiers, token)
  await takeAttempt(deps, c, 'sign-in', { ...triedIn(await c.req.text()), subject: sub })
  return queued(deps, c, () => forward(c, deps.origin, token ?? ''))
}

/** An e-mail to the user's own address costs the origin no password hash, so it does not queue behind sign-ins. */
async function forwardOwnEmail(deps: ForwardDeps, c: Context<ForwardedEnv>): Promise<Response> {
  const token = tokenOf(c, SESSION_COOKIE)
  const { sub } = requireSession(deps.verifiers, token)
  await takeAttempt(deps, c, 'email', { ...triedIn(await c.req.text()), subject: sub })
  return await forward(c, deps.origin, token ?? '')
}

/** E-mails open accounts, so they are shown on the developer's own host alone; only then is the request forwarded. */
async function forwardMail(
  { origin, clientNetwork }: ForwardDeps,
  c: Context<ForwardedEnv>,
): Promise<Response> {
  if (clientNetwork(c.env?.incoming) !== undefined) throw new Problem('not-found')
  return await forward(c, origin, origin.serviceToken())
}

/** The origin checks the signature; requests without one are not forwarded. */
async function forwardSigned({ origin }: ForwardDeps, c: Context<ForwardedEnv>): Promise<Response> {
  const headers = WEBHOOK_HEADERS.get(c.req.param('provider') ?? '')
  if (headers === undefined) throw new Problem('not-found')
  if (c.req.header(headers[0]) === undefined) throw new Problem('signature-invalid')
  return await forward(c, origin, origin.serviceToken(), headers)
}

/** A client that disconnected while queued costs the origin no password hash; its next attempt is already queued. */
async function queued(
  { signIns }: ForwardDeps,
  c: Context<ForwardedEnv>,
  send: () => Promise<Response>,
): Promise<Response> {
  const { signal } = c.req.raw
  const sent = await signIns(async () => {
    if (signal.aborted) throw new Problem('unavailable', 'The caller has left')
    return await send()
  })
  if (sent.status === 'ran') return sent.value
  throw new Problem('busy', 'Many are signing in just now', { retryAfterSeconds: sent.retryAfterSeconds })
}

/** A route as callers of the gateway see it: without a token where the gateway adds its own. */
function publicRoute(route: RouteConfig): RouteConfig {
  const isUnderOurToken = route.security?.some((scheme) => 'service' in scheme) === true
  return isUnderOurToken ? { ...route, security: [] } : route
}
