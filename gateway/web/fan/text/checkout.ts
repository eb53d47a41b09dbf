import { translated } from '../../i18n/translated.ts'

/** Reviewing and paying for a basket, and what a fan does at the payment provider. */
export const checkoutText = translated({
  en: {
    refundUntil: { before: 'You can cancel and get a full refund until ', after: '.' },
    cancelUntil: { before: 'You can cancel until ', after: '.' },
    refundEnded: 'The cancellation deadline has passed, so these tickets can’t be refunded.',
    payHeading: 'Pay',
    method: 'Payment method',
    methods: {
      'card-ok': 'Test card: accepted',
      'card-declined': 'Test card: declined',
      bank: 'On a bank’s page (test)',
      script: 'Confirmation on our page (test)',
      deposit: 'Bank transfer (test)',
      card: 'Card',
      'easy-pay': 'Easy pay, such as KakaoPay or Naver Pay',
      transfer: 'Instant account transfer',
      mobile: 'Mobile phone bill',
      'virtual-account': 'Bank transfer to a virtual account',
    },
    kinds: {
      direct: 'Pay here',
      redirect: 'Pay on the payment provider’s page',
      script: 'Pay with the payment provider',
      deposit: 'Bank transfer',
    },
    depositHint: 'We show you an account. Your tickets are issued when your money arrives.',
    actionMinutes: (minutes: number) =>
      `If your bank or payment provider asks you to confirm, you have up to ${minutes} minutes; your tickets stay reserved while you do.`,
    sandboxLead: 'Test mode: you won’t be charged.',
    unavailable:
      'We can’t take payments right now. Your tickets stay reserved for their time; please reload this page in a moment.',
    needsScript: 'To pay here, please use a browser with JavaScript on.',
    loadFailed:
      'The payment form didn’t load. Check your connection or content blocker and reload this page.',
    pay: (amount: string) => `Pay ${amount}`,
    changeHeading: 'Change tickets',
    action: {
      redirect:
        'To finish paying, continue on the page of your bank or payment provider. Then you’ll come back here.',
      script: 'To finish paying, please confirm the payment.',
      deposit: 'To get your tickets, transfer the money to this account.',
    },
    total: 'Amount',
    toProvider: 'Continue to payment',
    confirmHere: 'Continue payment',
    notFinished: 'The payment isn’t complete. You can continue it or pay another way.',
    actionUntil: (time: string) => `Your tickets stay reserved for this payment until ${time}.`,
    actionLeft: 'Time left to confirm',
    actionEnds: 'Less than a minute left to confirm. After that this payment is cancelled.',
    anotherWay: 'Pay another way',
    anotherWayHint: 'This cancels the payment that you started. You won’t be charged for it.',
    cancelDeposit: 'Cancel this transfer',
    bank: 'Bank',
    account: 'Account number',
    holder: 'Account holder',
    amount: 'Amount',
    deadline: 'Transfer by',
    copy: 'Copy number',
    copied: 'Copied.',
    depositExact:
      'Transfer exactly this amount. Your tickets are issued as soon as it arrives, and we e-mail you. You can close this page.',
    depositLate:
      'If the money doesn’t arrive in time, your tickets go back on sale, and a later transfer is refunded.',
    sandbox: {
      lead: 'The test provider asks: do you want to pay?',
      approve: 'Approve (test)',
      decline: 'Decline (test)',
    },
  },
  ko: {
    refundUntil: { before: '', after: '까지 취소하면 전액 환불됩니다.' },
    cancelUntil: { before: '', after: '까지 취소할 수 있습니다.' },
    refundEnded: '취소 기한이 지나 환불되지 않습니다.',
    payHeading: '결제',
    method: '결제 수단',
    methods: {
      'card-ok': '테스트 카드: 승인',
      'card-declined': '테스트 카드: 거절',
      bank: '은행 페이지에서 결제(테스트)',
      script: '이 화면에서 승인(테스트)',
      deposit: '무통장입금(테스트)',
      card: '신용·체크카드',
      'easy-pay': '간편결제(카카오페이, 네이버페이 등)',
      transfer: '실시간 계좌이체',
      mobile: '휴대폰 결제',
      'virtual-account': '무통장입금(가상계좌)',
    },
    kinds: {
      direct: '바로 결제',
      redirect: '결제 페이지에서 결제',
      script: '결제창에서 결제',
      deposit: '무통장입금',
    },
    depositHint: '입금하실 계좌를 안내해 드립니다. 입금이 확인되면 티켓이 발급됩니다.',
    actionMinutes: (minutes: number) =>
      `카드사나 은행의 승인이 필요하면 최대 ${minutes}분 안에 완료해 주세요. 그동안 티켓은 선점되어 있습니다.`,
    sandboxLead: '테스트 결제입니다. 실제로 결제되지 않습니다.',
    unavailable:
      '지금은 결제할 수 없습니다. 선점한 티켓은 제한 시간까지 유지되니 잠시 뒤 화면을 다시 열어 주세요.',
    needsScript: '결제하려면 자바스크립트가 켜진 브라우저를 사용해 주세요.',
    loadFailed:
      '결제창을 불러오지 못했습니다. 네트워크나 콘텐츠 차단 설정을 확인하고 화면을 다시 열어 주세요.',
    pay: (amount: string) => `${amount} 결제하기`,
    changeHeading: '티켓 변경',
    action: {
      redirect: '은행 또는 카드사 페이지에서 결제를 완료해 주세요. 완료되면 이 화면으로 돌아옵니다.',
      script: '결제를 완료하려면 승인해 주세요.',
      deposit: '아래 계좌로 입금하시면 티켓이 발급됩니다.',
    },
    total: '결제 금액',
    toProvider: '결제 계속하기',
    confirmHere: '결제 계속하기',
    notFinished: '결제가 완료되지 않았습니다. 계속하거나 다른 방법으로 결제할 수 있습니다.',
    actionUntil: (time: string) => `${time}까지 이 결제를 위해 티켓이 선점되어 있습니다.`,
    actionLeft: '남은 승인 시간',
    actionEnds: '승인할 수 있는 시간이 1분도 남지 않았습니다. 지나면 결제가 취소됩니다.',
    anotherWay: '다른 방법으로 결제하기',
    anotherWayHint: '진행 중인 결제를 취소합니다. 이 결제로는 청구되지 않습니다.',
    cancelDeposit: '입금 취소하기',
    bank: '은행',
    account: '계좌번호',
    holder: '예금주',
    amount: '입금액',
    deadline: '입금 기한',
    copy: '계좌번호 복사',
    copied: '복사했습니다.',
    depositExact:
      '금액을 정확히 맞춰 입금해 주세요. 입금이 확인되면 바로 티켓이 발급되고 이메일로 알려 드립니다. 창을 닫아도 됩니다.',
    depositLate: '기한까지 입금되지 않으면 티켓은 다시 판매되며, 늦게 입금된 금액은 환불됩니다.',
    sandbox: {
      lead: '테스트 결제 승인 화면입니다. 결제할까요?',
      approve: '승인(테스트)',
      decline: '거절(테스트)',
    },
  },
})

export type CheckoutText = (typeof checkoutText)['en']

/** A method's name by its ID; by its kind for one that a newer origin offers. */
export function methodName(
  { methods, kinds }: CheckoutText,
  { id, kind }: { id: string; kind: keyof CheckoutText['kinds'] },
): string {
  return Object.entries(methods).find(([known]) => known === id)?.[1] ?? kinds[kind]
}
