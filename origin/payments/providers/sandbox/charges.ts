import { z } from 'zod'
import type {
  AbandonOutcome,
  ActionRequired,
  ChargeOutcome,
  ChargeRequest,
  FoundCharge,
  PaymentAction,
} from '../../provider.ts'
import { type Answer, type Call, chargePath, isMade, UnexpectedAnswer } from './call.ts'

const ActionSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('redirect'), path: z.string() }),
  z.object({ kind: z.literal('script'), path: z.string(), secret: z.string() }),
  z.object({
    kind: z.literal('deposit'),
    bank: z.string(),
    accountNumber: z.string(),
    holder: z.string(),
  }),
])

const ChargeSchema = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('succeeded'),
    id: z.string(),
    amountMinor: z.int(),
    currency: z.string(),
  }),
  z.object({ outcome: z.literal('declined'), reason: z.string().default('declined') }),
  z.object({ outcome: z.literal('open'), id: z.string(), action: ActionSchema, until: z.iso.datetime() }),
])

/** The sandbox's API, and where browsers reach its pages; without that, fans can pay with its cards alone. */
export type Sandbox = { call: Call; publicUrl: string | undefined }

const CARDS = /^card-/

export async function charge(
  sandbox: Sandbox,
  request: ChargeRequest,
): Promise<ChargeOutcome | ActionRequired> {
  const { key, amountMinor, currency, method, reference, until, depositUntil, returnUrl } = request
  const order = { amountMinor, currency, method, reference }
  if (CARDS.test(method))
    return readCharge(sandbox, await sandbox.call('POST', '/charges', { key, body: order }))
  if (sandbox.publicUrl === undefined) return { status: 'declined', reason: 'method not available' }
  const body = { ...order, returnUrl, until, depositUntil }
  return readCharge(sandbox, await sandbox.call('POST', '/charges', { key, body }))
}

export async function findCharge(sandbox: Sandbox, key: string): Promise<FoundCharge> {
  const answer = await sandbox.call('GET', chargePath(key))
  return answer.status === 404 ? { status: 'none' } : readCharge(sandbox, answer)
}

/** A charge that waits for the fan is cancelled; any other is in the ledger with its outcome, or not at all. */
export async function abandon(sandbox: Sandbox, key: string): Promise<AbandonOutcome> {
  const answer = await sandbox.call('POST', `${chargePath(key)}/abandon`)
  if (answer.status === 404) return { status: 'abandoned' }
  const left = readCharge(sandbox, answer)
  if (left.status === 'action') return { status: 'unknown', cause: new UnexpectedAnswer(answer) }
  return left.status === 'declined' ? { status: 'abandoned' } : left
}

function readCharge(sandbox: Sandbox, answer: Answer): ChargeOutcome | ActionRequired {
  if (!isMade(answer)) {
    // A request that the provider rejects is never charged, and never will be under this key.
    if (answer.status === 400 || answer.status === 422)
      return { status: 'declined', reason: 'refused by the provider' }
    return { status: 'unknown', cause: new UnexpectedAnswer(answer) }
  }
  const read = ChargeSchema.parse(answer.body)
  if (read.outcome === 'declined') return { status: 'declined', reason: read.reason }
  if (read.outcome === 'succeeded') {
    return { status: 'succeeded', chargeId: read.id, amountMinor: read.amountMinor, currency: read.currency }
  }
  return {
    status: 'action',
    chargeId: read.id,
    action: toAction(read.action, sandbox.publicUrl),
    until: new Date(read.until),
  }
}

function toAction(action: z.infer<typeof ActionSchema>, publicUrl = ''): PaymentAction {
  if (action.kind === 'deposit') return action
  const url = new URL(action.path, publicUrl).href
  return action.kind === 'redirect'
    ? { kind: 'redirect', url }
    : { kind: 'script', parameters: { url, secret: action.secret } }
}
