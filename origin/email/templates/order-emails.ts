import type { EmailLanguage } from '../../../shared/api/fields.ts'
import { money, period, zoneName } from '../../../shared/format.ts'
import { REFUND_REASONS } from '../../../shared/refund-reasons.ts'
import type { EmailWords } from '../message.ts'

type Words = Record<EmailLanguage, EmailWords>

/** The content of an e-mail about an order. Amounts are in the currency's minor unit. */
export type OrderFacts = {
  /** The order number that people use. */
  number: string
  festival: string
  place: string
  startsAt: Date
  endsAt: Date
  timeZone: string
  amountMinor: number
  /** What of it was refunded in part, or is being. */
  refundedMinor: number
  currency: string
  /** What was bought and not refunded: the names of ticket types, and the quantity of each. */
  lines: readonly { typeName: string; quantity: number }[]
  /** Where the tickets are shown, to their buyer only. */
  link: string
}

/** After a purchase: what was bought, and where the tickets are. */
export function orderConfirmedEmail(order: OrderFacts, { isAttached }: { isAttached: boolean }): Words {
  return {
    en: {
      subject: `Your tickets for ${order.festival}`,
      text: `Hello,

thank you for your order. Here are your tickets.

${factsOf(order, 'en')}

Your tickets: ${order.link}${isAttached ? '\nWe’ve also attached them as a printable PDF.' : ''}

Show the QR code of each ticket at the gate, on your phone or on paper. Each code admits one person, once, so don’t share the codes or this e-mail.

Naru`,
    },
    ko: {
      subject: `${order.festival} 예매가 완료되었습니다`,
      text: `안녕하세요.

예매가 완료되었습니다. 이용해 주셔서 감사합니다.

${factsOf(order, 'ko')}

티켓 보기: ${order.link}${isAttached ? '\n인쇄용 PDF도 첨부했습니다.' : ''}

입구에서 휴대폰이나 인쇄물로 티켓마다 QR 코드를 보여 주세요. QR 코드 1개당 1명이 한 번만 입장할 수 있으니 이 이메일과 QR 코드를 다른 사람과 공유하지 마세요.

나루 드림`,
    },
  }
}

/** After an order was cancelled: by whom, and what is refunded. */
export function orderCancelledEmail(order: OrderFacts, by: 'fan' | 'organiser' | 'provider'): Words {
  const who = {
    en: {
      fan: 'your order is cancelled, as you asked.',
      organiser: 'the organiser has cancelled your order.',
      provider: 'the payment provider has refunded your payment, so your order is cancelled.',
    },
    ko: {
      fan: '요청하신 대로 예매가 취소되었습니다.',
      organiser: '주최자가 예매를 취소했습니다.',
      provider: '결제 대행사에서 결제가 환불되어 예매가 취소되었습니다.',
    },
  }
  return {
    en: {
      subject: `Your order for ${order.festival} is cancelled`,
      text: `Hello,

${who.en[by]} Its tickets are no longer valid. ${refundOf(order, by, 'en')}

${factsOf(order, 'en')}

Your order: ${order.link}

Naru`,
    },
    ko: {
      subject: `${order.festival} 예매가 취소되었습니다`,
      text: `안녕하세요.

${who.ko[by]} 취소된 티켓은 더 이상 사용할 수 없습니다. ${refundOf(order, by, 'ko')}

${factsOf(order, 'ko')}

예매 내역 보기: ${order.link}

나루 드림`,
    },
  }
}

/** A refund of a part of an order, and the tickets that it makes void. */
export type RefundMail = {
  order: OrderFacts
  amountMinor: number
  tickets: readonly { typeName: string; number: number }[]
}

/** After an organiser has refunded a part of an order: how much, and which tickets are void. */
export function orderRefundedEmail({ order, amountMinor, tickets }: RefundMail): Words {
  const amount = {
    en: money(amountMinor, order.currency, 'en'),
    ko: money(amountMinor, order.currency, 'ko'),
  }
  const names = { en: namesOf(tickets, 'en'), ko: namesOf(tickets, 'ko') }
  return {
    en: {
      subject: `A refund for your order for ${order.festival}`,
      text: `Hello,

${amountMinor === 0 ? 'the organiser has changed your order.' : `the organiser is refunding ${amount.en} of your order to the payment method you used; depending on your bank, this can take several days.`}${
  tickets.length === 0
    ? ' Your tickets stay valid.'
    : `

These tickets are no longer valid:
${names.en}`
}

${factsOf(order, 'en')}

Your order: ${order.link}

Naru`,
    },
    ko: {
      subject: `${order.festival} 예매 금액 일부를 환불해 드립니다`,
      text: `안녕하세요.

${amountMinor === 0 ? '주최자가 예매 내역을 변경했습니다.' : `주최자가 예매 금액 일부를 결제하신 수단으로 환불해 드립니다(환불 금액: ${amount.ko}). 은행이나 카드사에 따라 며칠 걸릴 수 있습니다.`}${
  tickets.length === 0
    ? ' 티켓은 그대로 유효합니다.'
    : `

다음 티켓은 더 이상 사용할 수 없습니다.
${names.ko}`
}

${factsOf(order, 'ko')}

예매 내역 보기: ${order.link}

나루 드림`,
    },
  }
}

/** After the provider has refused such a refund. */
export function refundFailedEmail({ order, amountMinor, tickets }: RefundMail): Words {
  const amount = {
    en: money(amountMinor, order.currency, 'en'),
    ko: money(amountMinor, order.currency, 'ko'),
  }
  return {
    en: {
      subject: `The refund for ${order.festival} didn’t go through`,
      text: `Hello,

the payment provider didn’t accept the refund of ${amount.en} that we told you about. The organiser knows and will get back to you.${
        tickets.length === 0
          ? ''
          : `

Unless the whole order has been cancelled, these tickets are valid again:
${namesOf(tickets, 'en')}`
      }

${factsOf(order, 'en')}

Your order: ${order.link}

Naru`,
    },
    ko: {
      subject: `${order.festival} 환불이 처리되지 않았습니다`,
      text: `안녕하세요.

안내해 드린 환불(${amount.ko})을 결제 대행사에서 처리하지 못했습니다. 주최자에게도 알렸으며, 주최자가 다시 안내해 드릴 예정입니다.${
        tickets.length === 0
          ? ''
          : `

예매 전체가 취소되지 않았다면 다음 티켓은 다시 사용할 수 있습니다.
${namesOf(tickets, 'ko')}`
      }

${factsOf(order, 'ko')}

예매 내역 보기: ${order.link}

나루 드림`,
    },
  }
}

function namesOf(tickets: RefundMail['tickets'], language: EmailLanguage): string {
  return tickets
    .map(({ typeName, number }) =>
      language === 'ko' ? `${typeName} ${number}번` : `${typeName}, no. ${number}`,
    )
    .join('\n')
}

type RefundReason = (typeof REFUND_REASONS)[keyof typeof REFUND_REASONS]

/** The continuation of "your payment went through, but". */
const WHY_REFUNDED: Record<RefundReason, Record<EmailLanguage, string>> = {
  [REFUND_REASONS.soldOut]: {
    en: 'the tickets were no longer available',
    ko: '티켓이 매진되었습니다',
  },
  [REFUND_REASONS.chargedLate]: {
    en: 'only after it had been cancelled, so no tickets were issued',
    ko: '이미 취소 처리된 뒤여서 티켓이 발급되지 않았습니다',
  },
  [REFUND_REASONS.overLimit]: {
    en: 'you already have as many tickets as one account may buy',
    ko: '계정당 예매 한도를 이미 채우셨습니다',
  },
  [REFUND_REASONS.holdPaid]: {
    en: 'you had already bought these tickets with another payment',
    ko: '다른 결제로 이 티켓을 이미 예매하셨습니다',
  },
  [REFUND_REASONS.wrongAmount]: {
    en: 'the amount was not the price of the tickets, so no tickets were issued',
    ko: '결제된 금액이 티켓 금액과 달라 티켓이 발급되지 않았습니다',
  },
}

/** After a charge that could not become an order, and why. */
export function paymentRefundedEmail(payment: {
  festival: string
  amountMinor: number
  currency: string
  reason: string | null
}): Words {
  const { festival, amountMinor, currency, reason } = payment
  const known = Object.values(REFUND_REASONS).find((each) => each === reason)
  const why = WHY_REFUNDED[known ?? REFUND_REASONS.soldOut]
  return {
    en: {
      subject: `We’re refunding your payment for ${festival}`,
      text: `Hello,

your payment of ${money(amountMinor, currency, 'en')} went through, but ${why.en}. We’re refunding you in full, to the payment method you used; depending on your bank, this can take several days. You don’t need to do anything.

We’re sorry.

Naru`,
    },
    ko: {
      subject: `${festival} 결제 금액을 환불해 드립니다`,
      text: `안녕하세요.

${money(amountMinor, currency, 'ko')} 결제가 승인되었지만 ${why.ko}. 결제하신 수단으로 전액 환불해 드리며, 은행이나 카드사에 따라 며칠 걸릴 수 있습니다. 따로 하실 일은 없습니다.

불편을 드려 죄송합니다.

나루 드림`,
    },
  }
}

function refundOf(order: OrderFacts, by: 'fan' | 'organiser' | 'provider', language: EmailLanguage): string {
  const restMinor = order.amountMinor - order.refundedMinor
  if (restMinor <= 0) return ''
  const amount = money(restMinor, order.currency, language)
  if (language === 'ko') {
    if (by === 'provider') return `환불 금액은 ${amount}입니다.`
    return `결제하신 수단으로 환불해 드리며(환불 금액: ${amount}), 은행이나 카드사에 따라 며칠 걸릴 수 있습니다.`
  }
  if (by === 'provider') return `The refund is ${amount}.`
  return `We’re refunding ${amount} to the payment method you used; depending on your bank, this can take several days.`
}

/** The reader's time zone is unknown, so the zone is always named. */
function datesOf(order: OrderFacts, language: EmailLanguage): string {
  const [from, to] = [order.startsAt.toISOString(), order.endsAt.toISOString()]
  return `${period(from, to, order, language)} (${zoneName(from, order, language)})`
}

function factsOf(order: OrderFacts, language: EmailLanguage): string {
  const names = {
    en: { place: 'Venue', when: 'Date', amount: 'Amount paid', refunded: 'Refunded', order: 'Order number' },
    ko: { place: '장소', when: '일시', amount: '결제 금액', refunded: '환불 금액', order: '예매 번호' },
  }[language]
  return [
    order.festival,
    `${names.place}: ${order.place}`,
    `${names.when}: ${datesOf(order, language)}`,
    ...order.lines.map(({ typeName, quantity }) =>
      language === 'ko' ? `${typeName} ${quantity}장` : `${quantity} × ${typeName}`,
    ),
    `${names.amount}: ${money(order.amountMinor, order.currency, language)}`,
    ...(order.refundedMinor === 0
      ? []
      : [`${names.refunded}: ${money(order.refundedMinor, order.currency, language)}`]),
    `${names.order}: ${order.number}`,
  ].join('\n')
}
