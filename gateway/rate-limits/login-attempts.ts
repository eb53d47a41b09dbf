import { createHash } from 'node:crypto'
import { domainToASCII } from 'node:url'
import { mailboxKey, splitAddress } from '../../shared/mailbox.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { attemptsKeys } from '../../shared/redis/keys.ts'

/** What is tried: to show who one is, or to have an e-mail sent. */
export type AttemptKind = 'sign-in' | 'letter'

export type AttemptLimits = { networkMax: number; pairMax: number; subjectMax: number; windowSeconds: number }

const ATTEMPT_WINDOW_SECONDS = 900
/** How often someone may try to sign in, and have e-mails sent; a window begins with its first attempt. */
export const ATTEMPT_LIMITS: Record<AttemptKind, AttemptLimits> = {
  'sign-in': {
    windowSeconds: ATTEMPT_WINDOW_SECONDS,
    // Of a carrier's whole network in a rush, not of one household.
    networkMax: 1000,
    pairMax: 10,
    subjectMax: 100,
  },
  letter: { windowSeconds: ATTEMPT_WINDOW_SECONDS, networkMax: 100, pairMax: 3, subjectMax: 6 },
}

type AttemptResult =
  | { status: 'taken' }
  /** `thousandHashes`: how much work buys an attempt all the same. */
  | { status: 'limited'; retryAfterSeconds: number; thousandHashes: number }

/** A proof of work as it was checked: its nonce, which is good for one attempt, and the work that it took. */
export type PaidProof = { nonce: string; thousandHashes: number }

export type Attempt = {
  kind: AttemptKind
  /** Which account is tried, by whatever names it: an address, an ID, the token of an e-mail. */
  subject: string
  /** Undefined for requests of our own (load tests, replays), which are not counted. */
  network: string | undefined
  /** The ID of a device on which this account was signed in before. */
  device: string | undefined
  proof: PaidProof | undefined
}

/**
 * Counts an attempt against its limits, exactly over all gateways and their workers. It knows nothing of accounts, so it
 * answers the same for addresses that have one and for those that have none. An account is limited more strictly from
 * one network than from all together. Whatever others try, its owner can sign in from a device that is known, or with a
 * proof of work from any (the idea of OWASP's device cookies).
 */
export type TakeAttempt = (attempt: Attempt) => Promise<AttemptResult>

/**
 * Work in thousand hashes, 200 being about a second of a telephone. A proof costs twice as much after every few at the
 * same account, up to what an owner whose account is under attack can still wait for.
 */
const PRICE_MIN = 200
const PRICE_MAX = 2000
const PROOFS_PER_DOUBLING = 5

/** @param proofSeconds - how long a challenge may take to solve, after which a used proof need not be remembered */
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

/** The account that is tried, at a fixed length and so that Redis holds no address. */
export function subjectDigest(subject: string): string {
  return createHash('sha256').update(coarseForm(subject)).digest('base64url')
}

/**
 * One form for all spellings that may reach one account (tags, dots, scripts of a domain), or each spelling would have
 * limits of its own. It is coarser than how accounts are told apart: where two of them share it, they share limits, which
 * shut nobody out.
 */
function coarseForm(subject: string): string {
  const text = writtenForm(subject)
  if (!text.includes('@')) return text
  const { local, domain } = splitAddress(mailboxKey(text))
  return `${local.replaceAll(/[._-]/g, '')}@${domain}`
}

/**
 * An address as it was written, apart from case, spaces around it and the script of its domain. Where two accounts must
 * not be taken for each other: other spellings may reach an account of somebody else.
 */
export function writtenForm(subject: string): string {
  const text = subject.trim().toLowerCase()
  const at = text.lastIndexOf('@')
  if (at < 0) return text
  const domain = text.slice(at + 1)
  return `${text.slice(0, at)}@${domainToASCII(domain) || domain}`
}
