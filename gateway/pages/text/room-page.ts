import { translated } from '../translated.ts'

/** What the server alone writes on the waiting room's page; of `roomText` the page's script has a copy, which must be small. */
export const roomPageText = translated({
  en: {
    title: (festival: string) => `Waiting room, ${festival}`,
    toFestival: 'About the festival',
    shutNext: 'You can join the queue then; this page updates automatically.',
    toFestivals: 'Other festivals',
    toMine: 'My page',
    opensIn: 'The sale opens in',
    opensOn: (when: string) => `The sale opens on ${when}.`,
    roomOpens: (when: string) => `It opens on ${when}; this page updates automatically.`,
    enterLead: 'Join the queue. You can sign in while you wait.',
    needsScript: 'To join right now, please use a browser with JavaScript on.',
    waitLabel: 'Estimated wait',
    turnLeft: 'Time left to go in',
    signInFirst: 'Sign in to continue',
    signInWhy: 'You’ll need an account to buy. Signing in also saves your place on your other devices.',
    insideElsewhere: 'You’re already shopping on another device or tab.',
    soldOutNext: 'Returned tickets go back on sale here; this page updates automatically.',
    closedNext: 'You’ll find your tickets on My page.',
    leaveAsk: 'Give up your place? This can’t be undone.',
    basketLead: 'Choose now and we’ll reserve them the moment you get in.',
    confirmAddress: 'Confirm my address',
    rules: 'How the draw works',
    rulesList: [
      'Each person has one chance, however many places they take: one place of one account whose e-mail address is confirmed.',
      'Sign in and confirm your address before the sale opens. Coming early or late makes no difference to the draw.',
      'Places without a confirmed account are not drawn. They follow behind all that are, in the order in which they came; whoever comes after the opening follows behind those.',
      'When the sale opens, the list of places and of those who take part is closed. Its fingerprints are published at once, so nobody can change it any more.',
    ],
    rulesBeacon: {
      required:
        'Only then does a public source of randomness (drand) give the number that decides the draw. Not even the organiser can know it beforehand. Nobody is called until it is there.',
      preferred:
        'Only then does a public source of randomness (drand) give the number that decides the draw. Not even the organiser can know it beforehand. If it stays silent for a minute, the draw goes on without it, and the result says so.',
      none: 'The organiser has chosen a draw without a public source of randomness: it rests on the organiser’s word that nobody who knew the secret added places.',
    },
    rulesCheck:
      'After the draw everyone can check it: this browser recomputes it from what is published, and your own place from a key that only your browser has.',
    firstRules: [
      'All places that are taken before the sale opens are drawn.',
      'Whoever comes after the opening follows behind them, in order of arrival.',
    ],
    draw: 'The draw',
    commitment: 'The organiser is bound to this number, published before the sale:',
    check: 'Check it yourself',
  },
  ko: {
    title: (festival: string) => `${festival} 대기실`,
    toFestival: '축제 안내',
    shutNext: '열리면 여기에서 대기열에 참여할 수 있습니다. 화면이 자동으로 바뀝니다.',
    toFestivals: '다른 축제 보기',
    toMine: '마이페이지',
    opensIn: '판매 시작까지',
    opensOn: (when: string) => `${when}에 판매가 시작됩니다.`,
    roomOpens: (when: string) => `${when}에 열립니다. 화면이 자동으로 바뀝니다.`,
    enterLead: '대기열에 참여하세요. 로그인은 기다리는 동안 하셔도 됩니다.',
    needsScript: '지금 참여하려면 자바스크립트가 켜진 브라우저를 사용해 주세요.',
    waitLabel: '예상 대기 시간',
    turnLeft: '입장까지 남은 시간',
    signInFirst: '로그인하고 입장하기',
    signInWhy: '예매하려면 계정이 필요합니다. 로그인하면 다른 기기에서도 대기 순서가 유지됩니다.',
    insideElsewhere: '다른 기기나 다른 창에서 이미 예매 중입니다.',
    soldOutNext: '취소된 티켓은 여기에서 다시 판매하며, 화면이 자동으로 바뀝니다.',
    closedNext: '예매한 티켓은 마이페이지에 있습니다.',
    leaveAsk: '대기를 포기할까요? 되돌릴 수 없습니다.',
    basketLead: '지금 골라 두면 입장하는 즉시 선점해 드립니다.',
    confirmAddress: '이메일 주소 확인하기',
    rules: '추첨 방법',
    rulesList: [
      '자리를 몇 개 받든 한 사람에게 기회는 한 번입니다. 이메일 주소를 확인한 계정 하나에 자리 하나만 추첨합니다.',
      '판매가 시작되기 전에 로그인하고 주소를 확인해 주세요. 일찍 오든 늦게 오든 추첨 결과와는 관계없습니다.',
      '주소를 확인한 계정이 없는 자리는 추첨하지 않습니다. 추첨된 자리들 뒤에 온 순서대로 서며, 판매가 시작된 뒤에 온 사람은 그 뒤에 섭니다.',
      '판매가 시작되면 자리와 참여자 목록이 닫히고 그 지문(해시)이 바로 공개됩니다. 그 뒤에는 아무도 바꿀 수 없습니다.',
    ],
    rulesBeacon: {
      required:
        '그다음에야 공개 난수(drand)가 추첨을 결정하는 숫자를 내놓습니다. 주최자도 미리 알 수 없습니다. 숫자가 나올 때까지 아무도 부르지 않습니다.',
      preferred:
        '그다음에야 공개 난수(drand)가 추첨을 결정하는 숫자를 내놓습니다. 주최자도 미리 알 수 없습니다. 1분 동안 나오지 않으면 그것 없이 추첨하고, 결과에 그렇게 밝힙니다.',
      none: '주최자가 공개 난수 없이 추첨하기로 했습니다. 비밀 값을 아는 사람이 자리를 더하지 않았다는 주최자의 말을 믿어야 합니다.',
    },
    rulesCheck:
      '추첨이 끝나면 누구나 확인할 수 있습니다. 공개된 자료로 이 브라우저가 추첨을 다시 계산하고, 이 브라우저만 가진 키로 내 자리를 확인합니다.',
    firstRules: [
      '판매가 시작되기 전에 받은 모든 자리를 추첨합니다.',
      '판매가 시작된 뒤에 온 사람은 그 뒤에 온 순서대로 섭니다.',
    ],
    draw: '추첨',
    commitment: '주최자는 판매 전에 공개한 이 숫자에 묶여 있습니다:',
    check: '직접 확인하기',
  },
})
