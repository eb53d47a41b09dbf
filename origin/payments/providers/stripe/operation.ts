import type Stripe from 'stripe'
import { type Call, createDeadline } from './deadline.ts'
import { loggable } from './failures.ts'

/** An operation of one or more requests; each is sent through `call`, within the operation's time limit. */
export type Operation = { stripe: Stripe; call: Call }

/** Runs an operation. One that fails or takes too long has an unknown outcome. */
export async function runOperation<T>(
  { stripe, timeoutMs }: { stripe: Stripe; timeoutMs: number },
  run: (operation: Operation) => Promise<T>,
): Promise<T | { status: 'unknown'; cause: unknown }> {
  try {
    return await run({ stripe, call: createDeadline(timeoutMs) })
  } catch (error) {
    return { status: 'unknown', cause: loggable(error) }
  }
}
