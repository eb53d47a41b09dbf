/** The data of the browser module of a payment's page. */
export type PaymentData = { url: string }
