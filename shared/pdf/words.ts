/** Messages on printed tickets. */
export const pdfText = translated({
  en: {
    title: (festival: string) => `Tickets for ${festival}`,
    page: (number: number, of: number) => `Ticket ${number} of ${of}`,
    type: 'Ticket',
    number: 'Number',
    price: 'Paid',
    free: 'Free',
    order: (number: string) => `Order ${number}`,
    typed: 'If the code won’t scan',
    holder: 'Booked by',
    qr: (type: string, number: number) => `QR code of ticket ${type}, number ${number}`,
    gate: 'Show this code at the gate. Admits one person, once. Don’t share copies.',
  },
  ko: {
    title: (festival: string) => `${festival} 티켓`,
    page: (number: number, of: number) => `티켓 ${of}장 중 ${number}번째`,
    type: '티켓',
    number: '번호',
    price: '결제 금액',
    free: '무료',
    order: (number: string) => `예매 번호 ${number}`,
    typed: '코드가 스캔되지 않을 때',
    holder: '예매자',
    qr: (type: string, number: number) => `${type} ${number}번 티켓의 QR 코드`,
    gate: '입구에서 이 코드를 보여 주세요. 티켓 1장당 1명, 한 번만 입장할 수 있습니다. 사본을 공유하지 마세요.',
  },
})

/** Checks at compile time that both languages have the same messages. */
function translated<T>(texts: { en: T; ko: NoInfer<T> }): Readonly<Record<'ko' | 'en', T>> {
  return texts
}
