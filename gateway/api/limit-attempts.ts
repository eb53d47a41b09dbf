import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import { ProofSchema } from '../../shared/api/entries.ts'
import type { RequestVariables } from '../../shared/api/openapi.ts'
import { Problem } from '../../shared/api/problem.ts'
import { ownCookieHeader, readOwnCookie } from '../../shared/http/cookies.ts'
import { DEVICE_COOKIE } from '../../shared/tokens/cookies.ts'
import type { ClientNetwork } from '../edge/client-ip.ts'
import type { KnownDevices } from '../rate-limits/known-devices.ts'
import {
  type AttemptKind,
  type PaidProof,
  subjectDigest,
  type TakeAttempt,
} from '../rate-limits/login-attempts.ts'
import type { ProofFor, ProofOfWork } from '../room/proof-of-work.ts'

type AttemptEnv = { Variables: RequestVariables; Bindings: Partial<HttpBindings> }

export type AttemptsDeps = {
  takeAttempt: TakeAttempt
  clientNetwork: ClientNetwork
  knownDevices: KnownDevices
  proofOfWork: ProofOfWork
}

/** The account that a request tries, and the proof it carries. */
export type Tried = { subject: string; email?: string; proof?: unknown }

/** How long a device stays known without a sign-in. */
const DEVICE_SECONDS = 180 * 86_400
/** Maximum length of a challenge's entry; 132 bits of the account's digest. */
const ENTRY_CHARACTERS = 22

/**
 * Allows an attempt, or throws a `too-many` problem with a `challenge` whose solution buys one: others can exhaust the
 * limits of an account, and its owner can still sign in.
 */
export async function takeAttempt(
  deps: AttemptsDeps,
  c: Context<AttemptEnv>,
  kind: AttemptKind,
  { subject, email, proof }: Tried,
): Promise<void> {
  const proofFor = proofForAttempt(kind, subject)
  const taken = await deps.takeAttempt({
    kind,
    subject,
    network: deps.clientNetwork(c.env?.incoming),
    device: email === undefined ? undefined : deps.knownDevices.find(deviceCookie(c), email),
    proof: await paidProof(deps.proofOfWork, proofFor, proof),
  })
  if (taken.status === 'taken') return
  const challenge = await deps.proofOfWork.challenge(proofFor, taken.thousandHashes)
  throw new Problem('too-many', 'Too many attempts: wait, or send the challenge solved, as proof', {
    retryAfterSeconds: taken.retryAfterSeconds,
    members: { challenge },
  })
}

/** Marks the browser that has just signed in as known to the proven account of this address. */
export function rememberDevice(
  { knownDevices }: Pick<AttemptsDeps, 'knownDevices'>,
  c: Context<AttemptEnv>,
  response: Response,
  email: string,
): Response {
  const cookie = ownCookieHeader(c, DEVICE_COOKIE, knownDevices.remember(deviceCookie(c), email), {
    maxAge: DEVICE_SECONDS,
  })
  response.headers.append('set-cookie', cookie)
  return response
}

/** The account that a body tries; empty for a body that the origin will refuse. */
export function triedIn(body: string): Tried {
  try {
    const read: unknown = JSON.parse(body)
    if (typeof read !== 'object' || read === null) return { subject: '' }
    const { email, token, proof }: { email?: unknown; token?: unknown; proof?: unknown } = read
    if (typeof email === 'string') return { subject: email, email, proof }
    return { subject: typeof token === 'string' ? token : '', proof }
  } catch {
    return { subject: '' }
  }
}

/** No room's ID contains an `@`, so neither kind of challenge is valid for the other. */
function proofForAttempt(kind: AttemptKind, subject: string): ProofFor {
  return { room: `@${kind}`, entry: subjectDigest(subject).slice(0, ENTRY_CHARACTERS) }
}

/** A proof that is unreadable, wrong or expired counts as none: the refusal contains a new challenge. */
async function paidProof(
  { check }: ProofOfWork,
  proofFor: ProofFor,
  sent: unknown,
): Promise<PaidProof | undefined> {
  if (sent === undefined) return undefined
  const read = ProofSchema.safeParse(sent)
  if (!read.success || (await check(proofFor, read.data)) !== 'proven') return undefined
  const { nonce, data } = read.data.challenge.parameters
  return { nonce, thousandHashes: data.hashesMax / 2000 }
}

function deviceCookie(c: Context<AttemptEnv>): string | undefined {
  return readOwnCookie(c, DEVICE_COOKIE)
}
