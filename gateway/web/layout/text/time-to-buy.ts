import { translated } from '../../i18n/translated.ts'

/** How long a fan may buy, and a basket is reserved, on the basket’s page and on others. */
export const timeToBuyText = translated({
  en: {
    passLeft: 'Time left to buy',
    passEnds: 'Less than a minute left to buy. After that you’ll have to queue again.',
    held: 'These tickets are reserved for you.',
    timeLeft: 'Time left',
    heldEnds: 'Less than a minute left to pay. After that your tickets will be released.',
  },
  ko: {
    passLeft: '남은 예매 시간',
    passEnds: '예매할 수 있는 시간이 1분도 남지 않았습니다. 지나면 다시 대기해야 합니다.',
    held: '티켓을 선점했습니다.',
    timeLeft: '남은 시간',
    heldEnds: '결제할 수 있는 시간이 1분도 남지 않았습니다. 지나면 선점한 티켓이 풀립니다.',
  },
})
