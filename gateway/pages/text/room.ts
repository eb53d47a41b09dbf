import type { RoomView } from '../room-view.ts'
import { plural, translated } from '../translated.ts'

export const roomText = translated({
  en: {
    title: (festival: string) => `Waiting room, ${festival}`,
    heading: 'Waiting room',
    toFestival: 'About the festival',
    shut: 'Back in a moment.',
    shutNext: 'Then you can take a place here; this page goes on by itself.',
    toFestivals: 'Other festivals',
    toMine: 'My page',
    opensIn: 'The sale opens in',
    opensOn: (when: string) => `The sale opens on ${when}.`,
    roomOpens: (when: string) => `It opens on ${when}; this page goes on by itself then.`,
    enterLead: 'Take a place in line. You need no account for it; you sign in while you wait.',
    enter: 'Take a place',
    proving: 'Your device is proving that it is not a robot; this takes a few seconds.',
    needsScript: 'The organiser asks for a proof that only a browser with JavaScript can give just now.',
    lobby: 'You are in. When the sale opens, places are drawn by lot among everyone who is here.',
    lobbyArrival: 'You are in. The line starts moving when the sale opens.',
    number: 'Your place',
    /** Right behind the number, in both languages. */
    aheadLabel: ' ahead of you',
    progress: 'How far the line has come towards you',
    wait: (low: string, high: string) => (low === high ? `about ${low}` : `between ${low} and ${high}`),
    waitLabel: 'Estimated wait',
    waitUnknown: 'Not known just now',
    minutes: (minutes: number) => (minutes < 1 ? 'less than a minute' : `${minutes} min`),
    hours: (hours: number, minutes: number) => `${hours} h ${minutes} min`,
    turn: 'It is your turn!',
    turnLead: 'Go in now; your turn waits for you only a short while.',
    turnTitle: 'Your turn!',
    goIn: 'Go in and buy',
    goingIn: 'Going in…',
    signInFirst: 'Sign in to go in',
    signInWhile: 'Sign in while you wait',
    signInWhy: 'You need an account to go in. Signed in, your place also follows you to another device.',
    signedIn: 'You are signed in. Your place follows you to your other devices.',
    kept: 'You go in next. A slot gets free in a moment; your turn is kept.',
    missed: 'Your turn has passed. Take a new place to go on.',
    used: 'This place has been used.',
    lost: 'This place could not be restored. Take a new one.',
    inside: 'You are already inside.',
    insideElsewhere: 'You are already inside, on another device or in another window. You can go on here.',
    goInHere: 'Go on here',
    toBasket: 'On to your basket',
    paused: 'The sale is paused. Nobody is called, and every place is kept.',
    shopAway: 'The shop is not answering. Nobody is called, and every place is kept.',
    shopSlow: 'The shop is busy, so the line moves more slowly.',
    restoring: 'The room is being restored after a failure. Your place is kept.',
    stale: 'What you see is a moment old; it goes on by itself.',
    soldOut: 'Everything is sold.',
    mayReturn: (units: number) =>
      `${units} ${plural(units, 'unit is', 'units are')} held by others and may return; your place is kept.`,
    soldOutNext: 'Tickets that come back are sold here again: then this page goes on by itself.',
    closed: 'The sale is over.',
    closedNext: 'What you have bought is on your page.',
    scheduled: 'The waiting room is not open yet.',
    failed: 'That did not work just now. Your place, if you have one, is kept.',
    closing:
      'You may close this page: your place is kept, and you find it here again in this browser. But be back when it is your turn.',
    leave: 'Give up my place',
    leaveAsk: 'Give up your place? There is no way back to it.',
    basket: 'What I want to buy',
    basketLead: 'Choose now, and it is held for you the moment you go in.',
    basketKept: 'Chosen',
    draw: 'The draw',
    commitment: 'The organiser is bound to this number, published before the sale:',
    drawBefore:
      'At the opening, places are drawn from it and from every entry. Nobody can know or choose the result, and anyone can check it.',
    drawAfter: (index: string, position: string) =>
      `You came as number ${index}; the lots gave you place ${position}.`,
    check: 'Check it yourself',
  },
  ko: {
    title: (festival: string) => `${festival} 대기실`,
    heading: '대기실',
    toFestival: '축제 안내',
    shut: '잠시 후 다시 열립니다.',
    shutNext: '열리면 여기에서 줄을 설 수 있습니다. 이 페이지가 저절로 이어집니다.',
    toFestivals: '다른 축제 보기',
    toMine: '내 페이지',
    opensIn: '판매 시작까지',
    opensOn: (when: string) => `${when}에 판매가 시작됩니다.`,
    roomOpens: (when: string) => `${when}에 열립니다. 그때 이 페이지가 저절로 이어집니다.`,
    enterLead: '줄을 서 주세요. 계정은 필요 없고, 기다리는 동안 로그인하면 됩니다.',
    enter: '줄 서기',
    proving: '로봇이 아님을 기기가 확인하고 있습니다. 몇 초 걸립니다.',
    needsScript: '지금은 자바스크립트가 켜진 브라우저에서만 할 수 있는 확인이 필요합니다.',
    lobby: '입장했습니다. 판매가 시작되면 지금 여기 있는 모든 사람을 추첨해 순서를 정합니다.',
    lobbyArrival: '입장했습니다. 판매가 시작되면 줄이 움직입니다.',
    number: '내 순서',
    aheadLabel: '명이 앞에 있습니다',
    progress: '줄이 내 차례까지 온 정도',
    wait: (low: string, high: string) => (low === high ? `약 ${low}` : `${low}에서 ${high} 사이`),
    waitLabel: '예상 대기 시간',
    waitUnknown: '지금은 알 수 없습니다',
    minutes: (minutes: number) => (minutes < 1 ? '1분 이내' : `${minutes}분`),
    hours: (hours: number, minutes: number) => `${hours}시간 ${minutes}분`,
    turn: '차례가 되었습니다!',
    turnLead: '지금 입장하세요. 차례는 잠시 동안만 기다려 줍니다.',
    turnTitle: '내 차례!',
    goIn: '입장해서 구매하기',
    goingIn: '입장하는 중…',
    signInFirst: '로그인하고 입장하기',
    signInWhile: '기다리는 동안 로그인',
    signInWhy: '입장하려면 계정이 필요합니다. 로그인하면 다른 기기에서도 이 자리를 이어갈 수 있습니다.',
    signedIn: '로그인되어 있습니다. 다른 기기에서도 이 자리를 이어갈 수 있습니다.',
    kept: '다음 순서로 입장합니다. 곧 자리가 나며, 차례는 그대로 유지됩니다.',
    missed: '차례가 지났습니다. 계속하려면 다시 줄을 서 주세요.',
    used: '이미 사용한 자리입니다.',
    lost: '이 자리는 복구하지 못했습니다. 다시 줄을 서 주세요.',
    inside: '이미 입장했습니다.',
    insideElsewhere: '다른 기기나 다른 창에서 이미 입장했습니다. 여기에서 이어서 구매할 수 있습니다.',
    goInHere: '여기에서 이어가기',
    toBasket: '장바구니로 가기',
    paused: '판매가 잠시 중지되었습니다. 아무도 부르지 않으며, 모든 자리는 그대로입니다.',
    shopAway: '상점이 응답하지 않습니다. 아무도 부르지 않으며, 모든 자리는 그대로입니다.',
    shopSlow: '상점이 붐벼 줄이 천천히 움직입니다.',
    restoring: '장애 후 대기실을 복구하고 있습니다. 자리는 그대로입니다.',
    stale: '조금 전 상태입니다. 자동으로 이어집니다.',
    soldOut: '모두 팔렸습니다.',
    mayReturn: (units: number) =>
      `${units}장은 다른 사람이 결제하는 중이며 다시 나올 수 있습니다. 자리는 그대로입니다.`,
    soldOutNext: '취소된 티켓이 나오면 여기에서 다시 판매하며, 그때 이 페이지가 저절로 이어집니다.',
    closed: '판매가 끝났습니다.',
    closedNext: '구매한 티켓은 내 페이지에 있습니다.',
    scheduled: '대기실이 아직 열리지 않았습니다.',
    failed: '지금은 되지 않았습니다. 이미 받은 자리는 그대로입니다.',
    closing:
      '이 창을 닫아도 됩니다. 자리는 유지되고 이 브라우저에서 다시 볼 수 있습니다. 차례에는 돌아와 주세요.',
    leave: '자리 포기하기',
    leaveAsk: '자리를 포기할까요? 되돌릴 수 없습니다.',
    basket: '사고 싶은 티켓',
    basketLead: '지금 골라 두면 입장하는 순간 바로 확보됩니다.',
    basketKept: '선택됨',
    draw: '추첨',
    commitment: '주최자는 판매 전에 공개한 이 숫자에 묶여 있습니다:',
    drawBefore:
      '판매가 시작되면 이 숫자와 모든 입장 기록으로 순서를 추첨합니다. 누구도 결과를 미리 알거나 고를 수 없고, 누구나 확인할 수 있습니다.',
    drawAfter: (index: string, position: string) =>
      `${index}번째로 왔고, 추첨으로 ${position}번 순서를 받았습니다.`,
    check: '직접 확인하기',
  },
})

export type RoomText = (typeof roomText)['en']

const MINUTE_SECONDS = 60

/** An estimate in words, rounded the more the longer it is: nobody waits 47 minutes to the minute. */
export function spokenWait(wait: RoomView['wait'], text: RoomText): string {
  if (wait === undefined) return text.waitUnknown
  return text.wait(spokenSeconds(wait.low, Math.floor, text), spokenSeconds(wait.high, Math.ceil, text))
}

function spokenSeconds(seconds: number, round: (value: number) => number, text: RoomText): string {
  const exact = seconds / MINUTE_SECONDS
  const step = exact > 30 ? 5 : 1
  const minutes = round(exact / step) * step
  return minutes < 60 ? text.minutes(minutes) : text.hours(Math.floor(minutes / 60), minutes % 60)
}
