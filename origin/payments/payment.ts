import type { BasketLine, PaymentState } from '../../drizzle/schema/purchases.ts'

/** An attempt to pay for a hold, as it stands in the stream. */
export type Payment = {
  id: string
  account: string
  room: string
  hold: string
  basket: BasketLine[]
  amountMinor: number
  currency: string
  method: string
}

/** What the owner of a payment sees. `accepted` means: kept safely, not charged yet. */
export type PaymentStatus = {
  id: string
  state: 'accepted' | PaymentState
  orderId: string | undefined
  reason: string | undefined
}
