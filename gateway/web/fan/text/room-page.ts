import { translated } from '../../i18n/translated.ts'
import { turnText } from '../../layout/text/turn.ts'

/**
 * Text that only the server renders on the waiting room's page; `roomText` is also sent to the script, so it must be
 * small.
 */
export const roomPageText = translated({
  en: {
    title: (festival: string) => `Waiting room · ${festival}`,
    toFestival: 'About the festival',
    shutNext: 'You can join the queue then; this page updates automatically.',
    toFestivals: 'Other festivals',
    toMine: 'My page',
    opensIn: 'The sale opens in',
    opensOn: (when: string) => `The sale opens on ${when}.`,
    roomOpens: (when: string) => `It opens on ${when}; this page updates automatically.`,
    enterLead: 'Join the queue. You can sign in while you wait.',
    needsScript: 'To join right now, please use a browser with JavaScript on.',
    /** Around the number of people, which may be 0. */
    ahead: { before: '', after: ' ahead of you' },
    waitLabel: 'Estimated wait',
    turnLeft: turnText.en.turnLeft,
    signInFirst: 'Sign in to continue',
    signInWhy: 'You’ll need an account to buy. Signing in also saves your place on your other devices.',
    admittedElsewhere: 'You’re already shopping on another device or tab.',
    soldOutNext: 'Returned tickets go back on sale here; this page updates automatically.',
    closedNext: 'You’ll find your tickets on My page.',
    leaveAsk: 'Give up your place? This can’t be undone.',
    basketLead: 'Choose now and we’ll reserve them the moment you get in.',
    confirmAddress: 'Confirm my e-mail address',
    rules: 'How the draw works',
    rulesList: [
      'Each person has one chance, however often they join: one place per account with a confirmed e-mail address.',
      'Sign in and confirm your e-mail address before the sale opens. Arriving earlier or later makes no difference to the draw.',
      'Places without a confirmed account aren’t part of the draw. They come after those that are, in order of arrival, followed by everyone who joins after the sale opens.',
      'When the sale opens, the lists of places and participants are closed. We publish their fingerprints (hashes) immediately, so nobody can change them afterwards.',
    ],
    rulesBeacon: {
      required:
        'Only then does a public source of randomness (drand) publish the number that decides the draw. Not even the organiser can know it in advance. Nobody is let in until it arrives.',
      preferred:
        'Only then does a public source of randomness (drand) publish the number that decides the draw. Not even the organiser can know it in advance. If it doesn’t arrive within a minute, the draw goes ahead without it, and the result says so.',
      none: 'The organiser has chosen a draw without public randomness: you have to trust the organiser that nobody who knew the secret added places.',
    },
    rulesCheck:
      'After the draw anyone can check it: this browser recomputes it from the published data, and verifies your own place with a key that only your browser has. Check soon: browsers may delete the key, Safari after seven days without a visit.',
    firstRules: [
      'Everyone who joins before the sale opens gets a random place.',
      'Everyone who joins later comes after them, in order of arrival.',
    ],
    draw: 'The draw',
    commitment: 'Published before the sale, so nobody can change it:',
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
    ahead: { before: '내 앞 대기 ', after: '명' },
    waitLabel: '예상 대기 시간',
    turnLeft: turnText.ko.turnLeft,
    signInFirst: '로그인하고 입장하기',
    signInWhy: '예매하려면 계정이 필요합니다. 로그인하면 다른 기기에서도 대기 순서가 유지됩니다.',
    admittedElsewhere: '다른 기기나 다른 창에서 이미 예매 중입니다.',
    soldOutNext: '취소된 티켓은 여기에서 다시 판매하며, 화면이 자동으로 바뀝니다.',
    closedNext: '예매한 티켓은 마이페이지에 있습니다.',
    leaveAsk: '대기를 포기할까요? 되돌릴 수 없습니다.',
    basketLead: '지금 골라 두면 입장하는 즉시 선점해 드립니다.',
    confirmAddress: '이메일 인증하기',
    rules: '순서 추첨 방법',
    rulesList: [
      '몇 번을 참여해도 기회는 한 사람당 한 번입니다. 이메일을 인증한 계정마다 하나의 순서만 추첨합니다.',
      '판매가 시작되기 전에 로그인하고 이메일을 인증해 주세요. 먼저 왔는지는 추첨 결과와 관계없습니다.',
      '인증한 계정이 없으면 추첨에 포함되지 않고 추첨 참여자 다음에 온 순서대로 입장합니다. 판매가 시작된 뒤에 온 분은 그다음입니다.',
      '판매가 시작되면 대기자와 참여자 목록이 확정되고 그 해시가 즉시 공개됩니다. 그 뒤에는 아무도 바꿀 수 없습니다.',
    ],
    rulesBeacon: {
      required:
        '그 뒤에 발표되는 공개 난수(drand)로 순서를 추첨합니다. 주최자도 미리 알 수 없으며, 난수가 나올 때까지 입장이 중단됩니다.',
      preferred:
        '그 뒤에 발표되는 공개 난수(drand)로 순서를 추첨합니다. 주최자도 미리 알 수 없습니다. 1분 안에 나오지 않으면 공개 난수 없이 추첨하고 결과에 표시합니다.',
      none: '주최자가 공개 난수를 사용하지 않기로 했습니다. 비밀값을 아는 사람이 참여자를 추가하지 않았는지는 검증할 수 없고 주최자를 믿어야 합니다.',
    },
    rulesCheck:
      '추첨이 끝나면 누구나 검증할 수 있습니다. 공개된 자료로 이 브라우저가 추첨을 다시 계산하고, 이 브라우저에만 있는 키로 내 순서를 확인합니다. 브라우저가 키를 지울 수 있으니(Safari는 7일 동안 방문하지 않으면 삭제) 빨리 확인해 주세요.',
    firstRules: [
      '판매가 시작되기 전에 참여한 모든 분의 순서를 추첨합니다.',
      '판매가 시작된 뒤에 참여하면 그다음에 온 순서대로 입장합니다.',
    ],
    draw: '순서 추첨',
    commitment: '판매 전에 공개되어 주최자도 바꿀 수 없는 값입니다:',
    check: '직접 확인하기',
  },
})
