import { money, period, zoneName } from '../../../shared/format.ts'
import { REFUND_REASONS } from '../../../shared/refund-reasons.ts'
import type { EmailLanguage, EmailWords } from '../message.ts'

type Words = Record<EmailLanguage, EmailWords>

/** What an e-mail about an order tells. Amounts are in the currency's minor unit. */
export type OrderFacts = {
  /** What people call the order by. */
  number: string
  festival: string
  place: string
  startsAt: Date
  endsAt: Date
  timeZone: string
  amountMinor: number
  currency: string
  /** What was bought: the names of ticket types, and how many of each. */
  lines: readonly { typeName: string; quantity: number }[]
  /** Where the tickets are shown, to their buyer alone. */
  link: string
}

/** After a purchase: what was bought, and where the tickets are. */
export function orderConfirmedEmail(order: OrderFacts, { isAttached }: { isAttached: boolean }): Words {
  return {
    en: {
      subject: `Your tickets for ${order.festival}`,
      text: `Hello,

thank you for your order. You have your tickets.

${factsOf(order, 'en')}

Your tickets: ${order.link}${isAttached ? '\nThey are also attached as a PDF to print.' : ''}

At the gate, please show the QR code of each ticket, on your phone or on paper. Do not pass on this e-mail or the codes: each code lets one person in, once.

Naru`,
    },
    ko: {
      subject: `${order.festival} 티켓이 발급되었습니다`,
      text: `안녕하세요.

주문해 주셔서 감사합니다. 티켓이 발급되었습니다.

${factsOf(order, 'ko')}

티켓 보기: ${order.link}${isAttached ? '\n인쇄용 PDF도 첨부했습니다.' : ''}

입장할 때 휴대폰이나 종이로 티켓마다 QR 코드를 보여 주세요. 코드 하나로 한 사람이 한 번만 입장할 수 있으니 이 메일과 코드를 다른 사람에게 전달하지 마세요.

나루 드림`,
    },
  }
}

/** After an order was cancelled: by whom, and what is given back. */
export function orderCancelledEmail(order: OrderFacts, by: 'fan' | 'organiser' | 'provider'): Words {
  const who = {
    en: {
      fan: 'you have cancelled your order.',
      organiser: 'the organiser has cancelled your order.',
      provider: 'your payment was refunded by the payment provider, so your order is cancelled.',
    },
    ko: {
      fan: '요청하신 대로 주문을 취소했습니다.',
      organiser: '주최자가 주문을 취소했습니다.',
      provider: '결제 대행사에서 결제가 환불되어 주문이 취소되었습니다.',
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
      subject: `${order.festival} 주문이 취소되었습니다`,
      text: `안녕하세요.

${who.ko[by]} 이 주문의 티켓은 더 이상 사용할 수 없습니다. ${refundOf(order, by, 'ko')}

${factsOf(order, 'ko')}

주문 보기: ${order.link}

나루 드림`,
    },
  }
}

type RefundReason = (typeof REFUND_REASONS)[keyof typeof REFUND_REASONS]

/** What follows on "your payment went through, but". */
const WHY_REFUNDED: Record<RefundReason, Record<EmailLanguage, string>> = {
  [REFUND_REASONS.soldOut]: {
    en: 'the tickets were no longer available',
    ko: '남은 티켓이 없었습니다',
  },
  [REFUND_REASONS.chargedLate]: {
    en: 'only after it had been given up, so it bought no tickets',
    ko: '이미 취소 처리된 뒤여서 티켓이 발급되지 않았습니다',
  },
  [REFUND_REASONS.overLimit]: {
    en: 'you have the most tickets that one account may have already',
    ko: '한 계정으로 살 수 있는 티켓을 이미 모두 가지고 계셨습니다',
  },
  [REFUND_REASONS.holdPaid]: {
    en: 'you had bought these tickets already, with another payment',
    ko: '다른 결제로 이 티켓을 이미 구매하셨습니다',
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
      subject: `Your payment for ${festival} is refunded`,
      text: `Hello,

your payment of ${money(amountMinor, currency, 'en')} went through, but ${why.en}. The whole amount is refunded to the means of payment that you used; depending on your bank this can take several days. You need do nothing.

We are sorry.

Naru`,
    },
    ko: {
      subject: `${festival} 결제 금액을 환불해 드립니다`,
      text: `안녕하세요.

${money(amountMinor, currency, 'ko')} 결제가 승인되었지만 ${why.ko}. 결제하신 수단으로 전액을 환불해 드리며, 은행이나 카드사에 따라 며칠이 걸릴 수 있습니다. 따로 하실 일은 없습니다.

불편을 드려 죄송합니다.

나루 드림`,
    },
  }
}

function refundOf(order: OrderFacts, by: 'fan' | 'organiser' | 'provider', language: EmailLanguage): string {
  if (order.amountMinor === 0) return ''
  const amount = money(order.amountMinor, order.currency, language)
  if (language === 'ko') {
    if (by === 'provider') return `환불 금액은 ${amount}입니다.`
    return `${amount}을 결제하신 수단으로 환불해 드리며, 은행이나 카드사에 따라 며칠이 걸릴 수 있습니다.`
  }
  if (by === 'provider') return `The amount is ${amount}.`
  return `We refund ${amount} to the means of payment that you used; depending on your bank this can take several days.`
}

/** An e-mail does not know where its reader is: the zone is always named. */
function datesOf(order: OrderFacts, language: EmailLanguage): string {
  const [from, to] = [order.startsAt.toISOString(), order.endsAt.toISOString()]
  return `${period(from, to, order, language)} (${zoneName(from, order, language)})`
}

function factsOf(order: OrderFacts, language: EmailLanguage): string {
  const names = {
    en: { place: 'Place', when: 'When', amount: 'Amount', order: 'Order number' },
    ko: { place: '장소', when: '일시', amount: '금액', order: '주문 번호' },
  }[language]
  return [
    order.festival,
    `${names.place}: ${order.place}`,
    `${names.when}: ${datesOf(order, language)}`,
    ...order.lines.map(({ typeName, quantity }) => `${quantity} × ${typeName}`),
    `${names.amount}: ${money(order.amountMinor, order.currency, language)}`,
    `${names.order}: ${order.number}`,
  ].join('\n')
}
