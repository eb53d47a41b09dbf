import { createHash } from 'node:crypto'
import { domainToASCII } from 'node:url'
import { mailboxKey, splitAddress } from '../../shared/mailbox.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { attemptsKeys } from '../../shared/redis/keys.ts'

/** The kind of attempt: to authenticate, or to have an e-mail sent. */
export type AttemptKind = 'sign-in' | 'email'

export type AttemptLimits = { networkMax: number; pairMax: number; subjectMax: number; windowSeconds: number }

const ATTEMPT_WINDOW_SECONDS = 900
/** The limits of attempts to sign in, and to have e-mails sent; a window begins with its first attempt. */
export const ATTEMPT_LIMITS: Record<AttemptKind, AttemptLimits> = {
  'sign-in': {
    windowSeconds: ATTEMPT_WINDOW_SECONDS,
    // Sized for a mobile carrier's entire network in a rush, not for one household.
    networkMax: 1000,
    pairMax: 10,
    subjectMax: 100,
  },
  email: { windowSeconds: ATTEMPT_WINDOW_SECONDS, networkMax: 100, pairMax: 3, subjectMax: 6 },
}

type AttemptResult =
  | { status: 'taken' }
  /** `thousandHashes`: the work that buys an attempt despite the limit. */
  | { status: 'limited'; retryAfterSeconds: number; thousandHashes: number }

/** A verified proof of work: its nonce, which is valid for one attempt, and the work done. */
export type PaidProof = { nonce: string; thousandHashes: number }

export type Attempt = {
  kind: AttemptKind
  /** The account that is tried, under any name: an address, an ID, the token of an e-mail. */
  subject: string
  /** Undefined for our own requests (load tests, replays), which are not counted. */
  network: string | undefined
  /** The ID of a device on which this account has signed in before. */
  device: string | undefined
  proof: PaidProof | undefined
}

/**
 * Counts an attempt against its limits, exactly over all gateways and their workers. It does not know accounts, so the
 * result is the same for addresses with and without one. An account is limited more strictly from one network than from
 * all together. Whatever others try, its owner can sign in from a known device, or with a proof of work from any (the
 * idea of OWASP's device cookies).
 */
export type TakeAttempt = (attempt: Attempt) => Promise<AttemptResult>

/**
 * Work in thousand hashes; 200 take about a second on a phone. The price doubles after every few proofs for the same
 * account, up to what an owner whose account is under attack can still wait for.
 */
const PRICE_MIN = 200
const PRICE_MAX = 2000
const PROOFS_PER_DOUBLING = 5

/** @param proofSeconds - how long a challenge may take to solve, after which a used proof is not remembered */
export function createTakeAttempt(
  redis: Redis,
  limits: Record<AttemptKind, AttemptLimits>,
  proofSeconds: number,
): TakeAttempt {
  return async ({ kind, subject, network, device, proof }) => {
    if (network === undefined) return { status: 'taken' }
    const keys = attemptsKeys(kind, {
      subject: subjectDigest(subject),
      network,
      device: device ?? '',
      proof: proof?.nonce ?? '',
    })
    const { networkMax, pairMax, subjectMax, windowSeconds } = limits[kind]
    const [status, seconds, price] = await redis.attemptsTake(
      ...[keys.network, keys.pair, keys.subject, keys.device, keys.proven, keys.proof],
      ...[networkMax, pairMax, subjectMax, windowSeconds],
      device === undefined ? 0 : 1,
      ...[proof?.thousandHashes ?? 0, proofSeconds],
      ...[PRICE_MIN, PRICE_MAX, PROOFS_PER_DOUBLING],
    )
    if (status === 'taken') return { status }
    return { status: 'limited', retryAfterSeconds: Number(seconds), thousandHashes: Number(price) }
  }
}

/** The account that is tried, at a fixed length and so that Redis stores no address. */
export function subjectDigest(subject: string): string {
  return createHash('sha256').update(coarseForm(subject)).digest('base64url')
}

/**
 * One form for all spellings that may reach one account (tags, dots, scripts of a domain), or each spelling would have
 * separate limits. It is coarser than the identity of accounts: two accounts with one form share limits, which locks
 * neither of them out.
 */
function coarseForm(subject: string): string {
  const text = writtenForm(subject)
  if (!text.includes('@')) return text
  const { local, domain } = splitAddress(mailboxKey(text))
  return `${local.replaceAll(/[._-]/g, '')}@${domain}`
}

/**
 * An address as written, apart from case, surrounding spaces and the script of its domain. Used where two accounts must
 * not be confused: other spellings may reach another user's account.
 */
export function writtenForm(subject: string): string {
  const text = subject.trim().toLowerCase()
  const at = text.lastIndexOf('@')
  if (at < 0) return text
  const domain = text.slice(at + 1)
  return `${text.slice(0, at)}@${domainToASCII(domain) || domain}`
}
