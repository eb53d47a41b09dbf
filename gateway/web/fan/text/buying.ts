import { GIVEN_UP } from '../../../../shared/expiry-reasons.ts'
import { REFUND_REASONS } from '../../../../shared/refund-reasons.ts'
import { translated } from '../../i18n/translated.ts'
import { timeToBuyText } from '../../layout/text/time-to-buy.ts'

export const buyingText = translated({
  en: {
    title: (festival: string) => `Buy tickets · ${festival}`,
    heading: 'Your basket',
    lead: 'Choose your tickets. We’ll reserve them for you while you pay.',
    heldUntil: (time: string) => `Reserved for you until ${time}.`,
    timeLeft: timeToBuyText.en.timeLeft,
    heldEnds: timeToBuyText.en.heldEnds,
    passEnds: timeToBuyText.en.passEnds,
    essential: 'This time can’t be extended, because other fans are waiting for these tickets.',
    total: 'Total',
    hold: 'Reserve these tickets',
    change: 'Update basket',
    held: timeToBuyText.en.held,
    takeFree: 'Get these tickets for free',
    leave: 'Leave without buying',
    leaveAsk: 'Leave? Your tickets will be released and you’ll lose your turn.',
    passUntil: (time: string) => `You can buy until ${time}.`,
    passLeft: timeToBuyText.en.passLeft,
    paying: 'You’re paying for this basket.',
    toPayment: 'View payment status',
    paymentTitle: 'Payment',
    states: {
      accepted: 'We’ve got your payment request.',
      charging: 'Processing your payment…',
      action: 'Your bank or payment provider asks you to confirm this payment.',
      paid: 'Paid. Issuing your tickets…',
      confirmed: 'Payment complete.',
      declined: 'Your payment was declined. You haven’t been charged, and your tickets are still reserved.',
      refunding: 'We’re refunding you in full.',
      refunded: 'You’ve been refunded.',
      expired: 'The payment didn’t go through in time. You haven’t been charged.',
    },
    givenUp: 'You cancelled this payment. You haven’t been charged.',
    refunds: {
      [REFUND_REASONS.soldOut]: 'These tickets are no longer available.',
      [REFUND_REASONS.chargedLate]: 'The payment went through after it had been cancelled.',
      [REFUND_REASONS.overLimit]: 'You already have as many tickets as one account may buy.',
      [REFUND_REASONS.holdPaid]: 'You’ve already bought these tickets with another payment.',
      [REFUND_REASONS.wrongAmount]: 'The amount paid wasn’t the price of these tickets.',
    },
    refused: {
      nothing: 'We couldn’t reserve these tickets:',
      unchanged: 'We couldn’t change your basket; your reserved tickets stay as they were:',
      retained: 'We’ve kept the rest of your selection. Check it and try again.',
      notOnSale: (type: string) => `${type}: not on sale right now.`,
      limitReached: (type: string) => `${type}: more than one account may buy.`,
      limit: (type: string, limit: number, others: number) =>
        others === 0
          ? `${type}: up to ${limit} per account.`
          : `${type}: up to ${limit} per account, and you already have ${others}.`,
      held: (type: string) => `${type}: all in other people’s baskets; some may come back.`,
      heldFew: (type: string, left: number) =>
        `${type}: only ${left} left right now; the others are in other people’s baskets and may come back.`,
      few: (type: string, left: number) => `${type}: only ${left} left.`,
      soldOut: (type: string) => `${type}: sold out.`,
    },
    mayClose: 'You can close or reload this page. You won’t be charged twice.',
    toTickets: 'See my tickets',
    turnEnded:
      'Your payment was declined. You haven’t been charged. After too many declined payments, your turn has ended and your tickets have been released.',
    tryAgain: 'Try again',
    basketUnavailable:
      'We can’t show your basket right now. Your tickets stay reserved for their time; this page updates automatically.',
    paymentUnavailable:
      'We can’t show your payment right now. What you paid is safe and you won’t be charged twice; this page updates automatically.',
  },
  ko: {
    title: (festival: string) => `${festival} 티켓 예매`,
    heading: '장바구니',
    lead: '티켓을 선택하세요. 결제하시는 동안 선점해 드립니다.',
    heldUntil: (time: string) => `${time}까지 선점되어 있습니다.`,
    timeLeft: timeToBuyText.ko.timeLeft,
    heldEnds: timeToBuyText.ko.heldEnds,
    passEnds: timeToBuyText.ko.passEnds,
    essential: '다른 분들이 티켓을 기다리고 있어 시간을 연장할 수 없습니다.',
    total: '합계',
    hold: '티켓 선점하기',
    change: '수량 변경',
    held: timeToBuyText.ko.held,
    takeFree: '무료 티켓 받기',
    leave: '예매 그만두기',
    leaveAsk: '예매를 그만둘까요? 선점한 티켓이 풀리고 다시 대기해야 합니다.',
    passUntil: (time: string) => `${time}까지 예매할 수 있습니다.`,
    passLeft: timeToBuyText.ko.passLeft,
    paying: '결제가 진행되고 있습니다.',
    toPayment: '결제 상태 보기',
    paymentTitle: '결제',
    states: {
      accepted: '결제 요청을 접수했습니다.',
      charging: '결제를 처리하고 있습니다.',
      action: '카드사나 은행에서 결제를 확인해 주세요.',
      paid: '결제되었습니다. 티켓을 발급하고 있습니다.',
      confirmed: '예매가 완료되었습니다.',
      declined: '결제가 승인되지 않았습니다. 청구되지 않았으며 티켓은 계속 선점되어 있습니다.',
      refunding: '환불 처리 중입니다.',
      refunded: '환불이 완료되었습니다.',
      expired: '제한 시간 안에 결제가 완료되지 않았습니다. 결제되지 않았습니다.',
    },
    givenUp: '결제를 취소하셨습니다. 청구되지 않았습니다.',
    refunds: {
      [REFUND_REASONS.soldOut]: '티켓이 매진되었습니다.',
      [REFUND_REASONS.chargedLate]: '취소 처리된 결제가 뒤늦게 승인되었습니다.',
      [REFUND_REASONS.overLimit]: '계정당 예매 한도를 이미 채우셨습니다.',
      [REFUND_REASONS.holdPaid]: '다른 결제로 이 티켓을 이미 예매하셨습니다.',
      [REFUND_REASONS.wrongAmount]: '결제된 금액이 티켓 금액과 다릅니다.',
    },
    refused: {
      nothing: '다음 티켓을 선점하지 못했습니다.',
      unchanged: '수량을 변경하지 못했습니다. 이미 선점한 티켓은 그대로입니다.',
      retained: '나머지 선택은 그대로 두었습니다. 확인하고 다시 시도해 주세요.',
      notOnSale: (type: string) => `${type}: 지금은 판매하지 않습니다.`,
      limitReached: (type: string) => `${type}: 계정당 예매 한도를 넘었습니다.`,
      limit: (type: string, limit: number, others: number) =>
        others === 0
          ? `${type}: 계정당 최대 ${limit}장까지 예매할 수 있습니다.`
          : `${type}: 계정당 최대 ${limit}장까지 예매할 수 있으며, 이미 ${others}장이 있습니다.`,
      held: (type: string) => `${type}: 남은 티켓을 모두 다른 분이 선점 중이며, 다시 나올 수 있습니다.`,
      heldFew: (type: string, left: number) =>
        `${type}: 지금은 ${left}장만 남았습니다. 다른 분이 선점한 티켓은 다시 나올 수 있습니다.`,
      few: (type: string, left: number) => `${type}: ${left}장만 남았습니다.`,
      soldOut: (type: string) => `${type}: 매진되었습니다.`,
    },
    mayClose: '창을 닫거나 새로고침해도 됩니다. 두 번 결제되지 않습니다.',
    toTickets: '내 티켓 보기',
    turnEnded:
      '결제가 승인되지 않았습니다. 청구되지 않았습니다. 결제가 여러 번 거절되어 예매 시간이 종료되었으며, 선점한 티켓은 풀렸습니다.',
    tryAgain: '다시 시도',
    basketUnavailable:
      '지금은 장바구니를 볼 수 없습니다. 선점한 티켓은 제한 시간까지 유지되며, 화면이 자동으로 바뀝니다.',
    paymentUnavailable:
      '지금은 결제 상태를 확인할 수 없습니다. 결제 내역은 안전하며 두 번 결제되지 않습니다. 화면이 자동으로 바뀝니다.',
  },
})

type BuyingText = (typeof buyingText)['en']

/** A payment's state as text, and why money is refunded. */
export function paymentWords(
  text: BuyingText,
  { state, reason }: { state: keyof BuyingText['states']; reason?: string | undefined },
): string {
  if (state === 'expired' && reason === GIVEN_UP) return text.givenUp
  const isBack = state === 'refunding' || state === 'refunded'
  const why = isBack && reason !== undefined ? refundWords(text, reason) : undefined
  return why === undefined ? text.states[state] : `${why} ${text.states[state]}`
}

/** Undefined for a reason without a translation, such as one of an older version. */
function refundWords({ refunds }: Pick<BuyingText, 'refunds'>, reason: string): string | undefined {
  return Object.entries(refunds).find(([known]) => known === reason)?.[1]
}
