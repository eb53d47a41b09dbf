/** The stores and the provider that an origin uses for a payment. */
export type Partner = 'mysql' | 'provider' | 'redis'

/**
 * When a step's bytes have been seen on their way to the partner:
 * - `before`   they do not arrive
 * - `passed`   they arrive, and the sender is gone before the response
 * - `answered` the response is on its way back, and does not arrive
 */
type Moment = 'before' | 'passed' | 'answered'

export type Step = {
  partner: Partner
  /** Texts that only this step sends, in this order on one connection. */
  words: readonly string[]
  moment: Moment
}

const RECORD = 'on duplicate key update `id` = `payments`.`id`'
const BEGIN = "if(`payments`.`state` = 'accepted', 1, 0)"
const SETTLE = 'insert into `orders`'
const CHARGE = 'POST /charges HTTP/1.1'
/** Of all scripts' arguments, only those of `paymentFinish`: it finishes the hold and acknowledges the entry. */
const FINISH = '\r\nconfirmed\r\n'

/** The steps of a purchase (DESIGN.md D9) at which a process can be lost, in order. */
export const STEPS = {
  'before the intent is recorded': { partner: 'mysql', words: [RECORD], moment: 'before' },
  'as the intent is recorded': { partner: 'mysql', words: [RECORD], moment: 'passed' },
  'after the intent is recorded': { partner: 'mysql', words: [RECORD], moment: 'answered' },
  'before the charge is begun': { partner: 'mysql', words: [BEGIN], moment: 'before' },
  'as the charge is begun': { partner: 'mysql', words: [BEGIN], moment: 'passed' },
  'after the charge is begun': { partner: 'mysql', words: [BEGIN], moment: 'answered' },
  'as the charge is made': { partner: 'provider', words: [CHARGE], moment: 'passed' },
  'after the charge': { partner: 'provider', words: [CHARGE], moment: 'answered' },
  'before the settling is committed': { partner: 'mysql', words: [SETTLE, 'commit'], moment: 'before' },
  'as the settling is committed': { partner: 'mysql', words: [SETTLE, 'commit'], moment: 'passed' },
  'after the settling': { partner: 'mysql', words: [SETTLE, 'commit'], moment: 'answered' },
  'before the acknowledgement': { partner: 'redis', words: [FINISH], moment: 'before' },
  'as it is acknowledged': { partner: 'redis', words: [FINISH], moment: 'passed' },
} as const satisfies Record<string, Step>

export type StepName = keyof typeof STEPS
export const STEP_NAMES = Object.keys(STEPS) as StepName[]
