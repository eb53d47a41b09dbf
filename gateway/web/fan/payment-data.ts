/** What the browser module of a payment's page starts from. */
export type PaymentData = { url: string }
