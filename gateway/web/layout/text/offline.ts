import { translated } from '../../i18n/translated.ts'

/** The text of the offline page, and the notice of a cached copy. */
export const offlineText = translated({
  en: {
    title: 'You’re offline',
    safe: 'If you’re in a queue, your place is safe. So is everything you’ve paid for.',
    /** By the waiting room's last known step, each with the time of it. */
    seen: {
      lobby: 'On {time} you were in the waiting room, and the sale wasn’t open yet.',
      waiting: 'On {time} there were {ahead} people ahead of you. This may have changed since.',
      called: 'On {time} it was your turn. Your turn doesn’t wait for long, so reconnect now.',
    },
    limits: 'Time limits keep running while you’re offline: for your turn, and for tickets in your basket.',
    advice:
      'Check your Wi-Fi, or switch to mobile data. If you’re signed in, you can also continue on another device.',
    updates: 'This page updates automatically when you’re back online.',
    retry: 'Try again',
    toMine: 'My page',
    copy: { before: 'You’re offline. Saved copy from ', after: '; availability may have changed since.' },
  },
  ko: {
    title: '오프라인입니다',
    safe: '대기 중이셨다면 대기 순서는 유지됩니다. 결제하신 내역도 안전합니다.',
    seen: {
      lobby: '{time} 기준으로 대기실에 계셨고, 판매는 시작 전이었습니다.',
      waiting: '{time} 기준으로 내 앞 대기는 {ahead}명이었습니다. 지금은 다를 수 있습니다.',
      called: '{time}에 차례가 되었습니다. 입장할 수 있는 시간이 짧으니 지금 다시 연결해 주세요.',
    },
    limits: '오프라인인 동안에도 입장 시간과 선점 시간은 계속 줄어듭니다.',
    advice:
      '와이파이를 확인하거나 모바일 데이터로 바꿔 주세요. 로그인하셨다면 다른 기기에서도 이어갈 수 있습니다.',
    updates: '다시 연결되면 화면이 자동으로 바뀝니다.',
    retry: '다시 시도',
    toMine: '마이페이지',
    copy: { before: '오프라인 상태입니다. ', after: '에 저장된 화면이며, 판매 상황은 달라졌을 수 있습니다.' },
  },
})
