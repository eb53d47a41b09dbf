import { plural, translated } from '../../i18n/translated.ts'

/** What a fan has in a sale: the same text on every page that shows it. */
export const fanText = translated({
  en: {
    bought: 'You have your tickets',
    boughtLead: (tickets: number, festival: string) =>
      `${tickets} ${plural(tickets, 'ticket', 'tickets')} for ${festival}. You don’t have to queue or pay again.`,
    toTickets: 'See my tickets',
    toAllTickets: 'See all my tickets',
    buyMore: 'Buy more tickets',
    buyingMore: 'Queue again only if you want to buy more.',
    paying: 'We’re processing your payment',
    payingLead: 'You don’t have to queue or pay again, even if your time to buy has run out.',
    toPayment: 'View payment status',
    unknown: 'We can’t check your tickets right now',
    unknownLead:
      'Anything you have bought is safe. This page updates automatically; you don’t have to queue or pay again.',
    toMine: 'Go to My page',
    emailed: (address: string) => `A confirmation e-mail is on its way to ${address}.`,
    what: 'Tickets',
    when: 'Date',
    where: 'Venue',
    orderNumber: 'Order number',
    paid: 'Amount paid',
  },
  ko: {
    bought: '예매가 완료되었습니다',
    boughtLead: (tickets: number, festival: string) =>
      `${festival} 티켓 ${tickets}장을 예매하셨습니다. 다시 대기하거나 결제하지 않으셔도 됩니다.`,
    toTickets: '내 티켓 보기',
    toAllTickets: '내 티켓 모두 보기',
    buyMore: '티켓 추가 예매',
    buyingMore: '추가로 예매하실 때만 다시 대기해 주세요.',
    paying: '결제를 처리하고 있습니다',
    payingLead: '예매 시간이 지났더라도 다시 대기하거나 결제하지 않으셔도 됩니다.',
    toPayment: '결제 상태 보기',
    unknown: '지금은 예매 내역을 확인할 수 없습니다',
    unknownLead: '예매하신 내역은 안전합니다. 화면이 자동으로 바뀌니 다시 대기하거나 결제하지 마세요.',
    toMine: '마이페이지로 가기',
    emailed: (address: string) => `${address}(으)로 예매 확인 이메일을 보내 드립니다.`,
    what: '티켓',
    when: '일시',
    where: '장소',
    orderNumber: '예매 번호',
    paid: '결제 금액',
  },
})
