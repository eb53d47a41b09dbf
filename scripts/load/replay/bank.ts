import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import type { Client } from './client.ts'
import { PaymentSchema, readBody } from './contract.ts'
import type { StepRun } from './journey.ts'
import { failed } from './leaving.ts'
import { jittered, type Time } from './time.ts'

/** How fans leave the sandbox's bank; the names are those of its page's buttons. */
const ENDINGS = [
  'approve',
  'decline',
  'approve-webhook-first',
  'approve-webhook-only',
  'approve-never',
  'approve-twice',
  'approve-other-amount',
  'close',
] as const
export type BankEnding = (typeof ENDINGS)[number]

/** After these the fan does not come back from the bank: their page learns of it in another way. */
const STAYING: readonly BankEnding[] = ['approve-webhook-only', 'approve-never', 'close']

export type Bank = {
  /** The share of payments that fans make at the bank. */
  share: number
  /** Whether a fan whom nobody sends back looks at the payment again soon, instead of when its time is over. */
  looksAgain: boolean
  /** How often fans left the bank in each way. */
  readonly endings: Readonly<Record<string, number>>
  /** Presses a button of the bank's page. */
  press(url: string, ending: BankEnding, signal: AbortSignal): Promise<void>
}

export type AtBankDeps = { client: Client; time: Time; room: string }

const ActionSchema = z.object({ kind: z.literal('redirect'), url: z.url() })
const LOOK_MS = 3000
const LOOK_JITTER_SHARE = 0.5
const PRESSES_MAX = 10
const PRESS_RETRY_MS = 500
const PRESS_MS_MAX = 10_000

/** The sandbox's bank, for so many payments. Its page is of another host, so fans reach it without the gateway. */
export function createBank({ share, looksAgain }: Pick<Bank, 'share' | 'looksAgain'>): Bank {
  const endings: Record<string, number> = {}
  return {
    ...{ share, looksAgain, endings },
    async press(url, ending, signal) {
      endings[ending] = (endings[ending] ?? 0) + 1
      for (let pressed = 1; ; pressed += 1) {
        if (await pressOnce(url, ending, signal)) return
        if (pressed === PRESSES_MAX) throw failed('pay', { detail: `the bank does not answer at ${url}` })
        await wait(PRESS_RETRY_MS, undefined, { signal })
      }
    },
  }
}

/** False when it is to be repeated, which changes nothing at the bank. */
async function pressOnce(url: string, ending: BankEnding, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      body: new URLSearchParams({ ending }),
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(PRESS_MS_MAX)]),
    })
    await response.arrayBuffer()
    return response.status < 500
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof TypeError || (error instanceof Error && error.name === 'TimeoutError')) return false
    throw error
  }
}

/** Does what the fan was asked to do, once, and comes back as the ending has it. */
export async function visitBank(
  { client, time, room }: AtBankDeps,
  bank: Bank,
  run: StepRun,
  { id, session, action }: { id: string; session: string; action: unknown },
): Promise<void> {
  const { url } = ActionSchema.parse(action)
  const ending = ENDINGS[Math.floor(run.random() * ENDINGS.length)] ?? 'approve'
  await bank.press(url, ending, run.signal)
  const path = `/api/rooms/${room}/payments/${id}`
  const complete = async () => {
    const answer = await client.send(run, { method: 'POST', path: `${path}/completion`, token: session })
    readBody(run, answer, 200, PaymentSchema)
  }
  if (ending === 'approve-twice') return void (await Promise.all([complete(), complete()]))
  if (!STAYING.includes(ending)) return await complete()
  if (!bank.looksAgain) return
  await time.pause(jittered(LOOK_MS, LOOK_JITTER_SHARE, run.random), run.signal)
  if (ending === 'close') await client.send(run, { method: 'DELETE', path, token: session })
  else await complete()
}
