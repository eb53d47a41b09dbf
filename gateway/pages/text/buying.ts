import { REFUND_REASONS } from '../../../shared/refund-reasons.ts'
import { translated } from '../translated.ts'

export const buyingText = translated({
  en: {
    title: (festival: string) => `Buy tickets, ${festival}`,
    heading: 'Your basket',
    lead: 'Choose your tickets. They are held for you until you have paid or the time is up.',
    heldUntil: (time: string) => `Held for you until ${time}.`,
    timeLeft: 'Time left',
    total: 'Total',
    hold: 'Hold these tickets',
    change: 'Change the basket',
    held: 'These tickets are held for you.',
    takeFree: 'Get these tickets for free',
    payHeading: 'Pay',
    card: 'Card',
    sandboxLead: 'This shop runs with a sandbox: no money moves.',
    cards: { 'card-ok': 'Test card that is accepted', 'card-declined': 'Test card that is declined' },
    pay: (amount: string) => `Pay ${amount}`,
    leave: 'Leave without buying',
    leaveAsk: 'Leave? What you hold is given back, and your turn is over.',
    passUntil: (time: string) => `You can buy until ${time}.`,
    passLeft: 'Time left to buy',
    paying: 'You are paying for this basket.',
    toPayment: 'See how the payment stands',
    paymentTitle: 'Payment',
    states: {
      accepted: 'Your payment is safely kept and about to be made.',
      charging: 'Your payment is being made.',
      paid: 'Paid. Your tickets are being made out.',
      confirmed: 'Done! The tickets are yours.',
      declined: 'Your card was declined. Nothing was charged, and your tickets are still held.',
      refunding: 'Your money is on its way back.',
      refunded: 'Your money was given back.',
      expired: 'The payment could not be made in time. Nothing was charged.',
    },
    refunds: {
      [REFUND_REASONS.soldOut]: 'The tickets were gone.',
      [REFUND_REASONS.chargedLate]: 'The payment went through after it had been given up.',
      [REFUND_REASONS.overLimit]: 'You have the most tickets that one account may have already.',
      [REFUND_REASONS.holdPaid]: 'You have bought these tickets already, with another payment.',
    },
    keepCalm: 'You may close this page or reload it: nothing is lost and nothing is paid twice.',
    toTickets: 'See my tickets',
    turnEnded:
      'Your card was declined. Nothing was charged. After so many declined payments your turn has ended, and your tickets are for sale again.',
    tryAgain: 'Try again',
    basketAway:
      'Your basket cannot be shown just now. What you hold is kept for its time; this page asks again by itself.',
    paymentAway:
      'How your payment stands cannot be shown just now. What was paid is safe, and nothing is paid twice; this page asks again by itself.',
  },
  ko: {
    title: (festival: string) => `${festival} 티켓 구매`,
    heading: '장바구니',
    lead: '티켓을 고르세요. 결제하거나 시간이 다 될 때까지 확보해 둡니다.',
    heldUntil: (time: string) => `${time}까지 확보해 둡니다.`,
    timeLeft: '남은 시간',
    total: '합계',
    hold: '이 티켓 확보하기',
    change: '장바구니 바꾸기',
    held: '이 티켓을 확보했습니다.',
    takeFree: '무료 티켓 받기',
    payHeading: '결제',
    card: '카드',
    sandboxLead: '시험용 결제입니다. 실제 돈은 움직이지 않습니다.',
    cards: { 'card-ok': '승인되는 시험 카드', 'card-declined': '거절되는 시험 카드' },
    pay: (amount: string) => `${amount} 결제하기`,
    leave: '사지 않고 나가기',
    leaveAsk: '나갈까요? 확보한 티켓을 돌려주고 차례가 끝납니다.',
    passUntil: (time: string) => `${time}까지 구매할 수 있습니다.`,
    passLeft: '남은 구매 시간',
    paying: '이 장바구니를 결제하고 있습니다.',
    toPayment: '결제 상태 보기',
    paymentTitle: '결제',
    states: {
      accepted: '결제 요청을 안전하게 받았고 곧 진행합니다.',
      charging: '결제하는 중입니다.',
      paid: '결제되었습니다. 티켓을 만들고 있습니다.',
      confirmed: '완료! 티켓을 받았습니다.',
      declined: '카드가 거절되었습니다. 청구되지 않았고 티켓은 아직 확보되어 있습니다.',
      refunding: '돈을 돌려드리는 중입니다.',
      refunded: '돈을 돌려드렸습니다.',
      expired: '시간 안에 결제하지 못했습니다. 청구되지 않았습니다.',
    },
    refunds: {
      [REFUND_REASONS.soldOut]: '남은 티켓이 없었습니다.',
      [REFUND_REASONS.chargedLate]: '취소 처리된 결제가 뒤늦게 승인되었습니다.',
      [REFUND_REASONS.overLimit]: '한 계정으로 살 수 있는 티켓을 이미 모두 가지고 계십니다.',
      [REFUND_REASONS.holdPaid]: '다른 결제로 이 티켓을 이미 구매하셨습니다.',
    },
    keepCalm: '창을 닫거나 새로 고쳐도 됩니다. 잃는 것도, 두 번 결제되는 것도 없습니다.',
    toTickets: '내 티켓 보기',
    turnEnded:
      '카드가 거절되었습니다. 청구되지 않았습니다. 거절된 결제가 너무 많아 차례가 끝났고, 티켓은 다시 판매됩니다.',
    tryAgain: '다시 시도',
    basketAway:
      '지금은 장바구니를 볼 수 없습니다. 확보한 티켓은 시한까지 그대로이며, 이 페이지가 저절로 다시 확인합니다.',
    paymentAway:
      '지금은 결제 상태를 확인할 수 없습니다. 결제는 안전하고 두 번 결제되지 않으며, 이 페이지가 저절로 다시 확인합니다.',
  },
})

type BuyingText = (typeof buyingText)['en']

/** How a payment stands, in words, and why money goes back. */
export function paymentWords(
  text: BuyingText,
  { state, reason }: { state: keyof BuyingText['states']; reason?: string | undefined },
): string {
  const isBack = state === 'refunding' || state === 'refunded'
  const why = isBack && reason !== undefined ? refundWords(text, reason) : undefined
  return why === undefined ? text.states[state] : `${why} ${text.states[state]}`
}

/** Undefined for a reason that has no words, such as that of an older version. */
export function refundWords({ refunds }: Pick<BuyingText, 'refunds'>, reason: string): string | undefined {
  return Object.entries(refunds).find(([known]) => known === reason)?.[1]
}
