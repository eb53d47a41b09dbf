import { translated } from '../../i18n/translated.ts'
import { turnText } from '../../layout/text/turn.ts'

/** Strings only: the page's script receives those of its language with the page, and none of the other. */
export const roomText = translated({
  en: {
    heading: 'Waiting room',
    shut: 'Back in a moment.',
    enter: 'Join the queue',
    proving: 'Checking that you’re not a bot. This takes a few seconds.',
    lobby: 'You’re in the waiting room. When the sale opens, everyone here gets a random place.',
    lobbyArrival: 'You’re in the queue. It starts moving when the sale opens.',
    number: 'Your place',
    progress: 'How far the queue has moved towards you',
    waitAbout: 'about {low}',
    waitBetween: 'between {low} and {high}',
    waitAtLeast: 'at least {low}',
    waitSoon: 'under a minute at the earliest',
    waitUnknown: 'Calculating…',
    minutesFew: 'less than a minute',
    minutes: '{minutes} min',
    hours: '{hours} h {minutes} min',
    turn: turnText.en.turn,
    turnTitle: 'Your turn!',
    goIn: 'Buy tickets',
    goingIn: 'Letting you in…',
    turnEnds: turnText.en.turnEnds,
    turnEndsSoon: turnText.en.turnEndsSoon,
    signInWhile: 'Sign in while you wait',
    signedIn: 'You’re signed in. Your place is saved on your other devices too.',
    retained: 'You’re next. We’ll let you in as soon as there’s room.',
    admitted: turnText.en.admitted,
    goInHere: 'Continue here',
    toBasket: 'Go to basket',
    paused: 'The sale is paused. Nobody is being let in; your place is safe.',
    shopUnavailable: 'We have a technical problem, so nobody is being let in. Your place is safe.',
    shopSlow: 'The shop is busy, so the queue is moving more slowly.',
    beaconRequired:
      'The draw is waiting for a public random number. Nobody is let in until it arrives; your place is safe.',
    beaconPreferred:
      'The draw is waiting for a public random number. If none arrives within a minute, it goes ahead without one. Your place is safe.',
    restoring: 'We’re restoring the waiting room after a failure. Your place is safe.',
    stale: 'This is a few seconds old; it updates automatically.',
    soldOut: 'Sold out.',
    allHeld: 'All remaining tickets are in other people’s baskets; some may come back. Your place is safe.',
    closed: 'The sale has ended.',
    scheduled: 'The waiting room isn’t open yet.',
    failed: 'Something went wrong; trying again. If you have a place, it’s safe.',
    closing:
      'You can close this page; this browser remembers your place unless you delete its data or close a private window. Just be back before your turn.',
    leave: 'Give up my place',
    basket: 'What I want to buy',
    basketStored: 'Chosen',
    chance: {
      yes: 'You’re in the draw, with one chance like everyone else.',
      'signed-out':
        'You’re not in the draw yet. Sign in and confirm your e-mail address before the sale opens.',
      unproven: 'You’re not in the draw yet. Confirm your e-mail address before the sale opens.',
      'network-limit':
        'This place isn’t in the draw: your network already has as many participants as the organiser allows. You’ll be in the queue after those drawn. You can try again from another network.',
      'domain-limit':
        'This place isn’t in the draw: your e-mail domain already has as many participants as the organiser allows. You’ll be in the queue after those drawn.',
      'too-late':
        'This place isn’t in the draw: you weren’t signed in with a confirmed e-mail address before the sale opened. You’ll be in the queue after those drawn.',
      elsewhere:
        'Your account already has another place in this queue, which is in the draw. This one comes after those drawn.',
      otherAccount: 'This place belongs to another account. Sign in with that account to continue.',
      unknown: 'We can’t check right now whether you’re in the draw. Your place is safe.',
    },
    drawAfter: 'Your number on arrival was {index}; the draw gave you place {position}.',
    drawBehind:
      'Your number on arrival was {index}. You weren’t in the draw, so you have place {position}, after those who were.',
  },
  ko: {
    heading: '대기실',
    shut: '잠시 후 다시 열립니다.',
    enter: '대기열 참여',
    proving: '자동 접속(매크로) 여부를 확인하고 있습니다. 몇 초 걸립니다.',
    lobby: '대기실에 들어왔습니다. 판매가 시작되면 대기 순서를 무작위로 정합니다.',
    lobbyArrival: '대기열에 참여했습니다. 판매가 시작되면 순서대로 입장합니다.',
    number: '내 순서',
    progress: '내 차례까지 진행된 정도',
    waitAbout: '약 {low}',
    waitBetween: '{low}에서 {high} 사이',
    waitAtLeast: '최소 {low}',
    waitSoon: '빠르면 1분 이내',
    waitUnknown: '계산 중입니다…',
    minutesFew: '1분 이내',
    minutes: '{minutes}분',
    hours: '{hours}시간 {minutes}분',
    turn: turnText.ko.turn,
    turnTitle: '내 차례!',
    goIn: '예매하기',
    goingIn: '입장하는 중…',
    turnEnds: turnText.ko.turnEnds,
    turnEndsSoon: turnText.ko.turnEndsSoon,
    signInWhile: '기다리는 동안 로그인',
    signedIn: '로그인되어 있습니다. 다른 기기에서도 대기 순서가 유지됩니다.',
    retained: '다음 차례입니다. 자리가 나는 대로 입장합니다.',
    admitted: turnText.ko.admitted,
    goInHere: '여기에서 이어가기',
    toBasket: '장바구니로 가기',
    paused: '판매가 일시 중지되었습니다. 입장이 잠시 중단되었으며 대기 순서는 유지됩니다.',
    shopUnavailable: '예매 서버가 응답하지 않아 입장이 잠시 중단되었습니다. 대기 순서는 유지됩니다.',
    shopSlow: '접속자가 많아 입장이 늦어지고 있습니다.',
    beaconRequired:
      '순서 추첨에 쓸 공개 난수를 기다리고 있습니다. 나올 때까지 입장이 중단되며 대기 순서는 유지됩니다.',
    beaconPreferred:
      '순서 추첨에 쓸 공개 난수를 기다리고 있습니다. 1분 안에 나오지 않으면 공개 난수 없이 추첨합니다. 대기 순서는 유지됩니다.',
    restoring: '장애 후 대기실을 복구하고 있습니다. 대기 순서는 유지됩니다.',
    stale: '몇 초 전 상태입니다. 화면이 자동으로 바뀝니다.',
    soldOut: '매진되었습니다.',
    allHeld: '남은 티켓을 모두 다른 분이 선점 중이며, 다시 나올 수 있습니다. 대기 순서는 유지됩니다.',
    closed: '판매가 종료되었습니다.',
    scheduled: '대기실이 아직 열리지 않았습니다.',
    failed: '일시적인 오류가 발생했습니다. 다시 시도하고 있으며, 대기 순서는 유지됩니다.',
    closing:
      '이 창을 닫아도 됩니다. 브라우저 데이터를 지우거나 시크릿 창을 닫지 않는 한 이 브라우저에서 대기 순서가 유지됩니다. 차례가 되기 전에 꼭 돌아와 주세요.',
    leave: '대기 포기하기',
    basket: '예매할 티켓',
    basketStored: '선택됨',
    chance: {
      yes: '순서 추첨에 참여합니다. 기회는 모두에게 똑같이 한 번입니다.',
      'signed-out':
        '아직 순서 추첨에 참여하지 않았습니다. 판매가 시작되기 전에 로그인하고 이메일을 인증해 주세요.',
      unproven: '아직 순서 추첨에 참여하지 않았습니다. 판매가 시작되기 전에 이메일을 인증해 주세요.',
      'network-limit':
        '같은 네트워크에서 이미 주최자가 정한 인원이 참여해 순서 추첨에 참여하지 못했습니다. 추첨 참여자 다음 순서로 입장하며, 다른 네트워크에서 다시 시도할 수 있습니다.',
      'domain-limit':
        '같은 이메일 도메인에서 이미 주최자가 정한 인원이 참여해 순서 추첨에 참여하지 못했습니다. 추첨 참여자 다음 순서로 입장합니다.',
      'too-late':
        '판매가 시작되기 전에 이메일을 인증한 계정으로 로그인하지 않아 순서 추첨에 참여하지 못했습니다. 추첨 참여자 다음 순서로 입장합니다.',
      elsewhere: '이 계정은 이미 다른 순서로 추첨에 참여하고 있습니다. 지금 순서는 추첨 참여자 다음입니다.',
      otherAccount: '다른 계정의 대기 순서입니다. 계속하려면 그 계정으로 로그인해 주세요.',
      unknown: '지금은 순서 추첨 참여 여부를 확인할 수 없습니다. 대기 순서는 유지됩니다.',
    },
    drawAfter: '{index}번째로 도착했고, 순서 추첨 결과 {position}번입니다.',
    drawBehind: '{index}번째로 도착했고 순서 추첨에는 참여하지 않아, 추첨 참여자 다음인 {position}번입니다.',
  },
})

export type RoomText = (typeof roomText)['en']
