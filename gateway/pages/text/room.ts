import type { RoomView, Standing } from '../room-view.ts'
import { plural, translated } from '../translated.ts'

export const roomText = translated({
  en: {
    title: (festival: string) => `Waiting room, ${festival}`,
    heading: 'Waiting room',
    shut: 'Back in a moment.',
    enter: 'Take a place',
    proving: 'Your device is proving that it is not a robot; this takes a few seconds.',
    lobby: 'You are in. When the sale opens, places are drawn by lot.',
    lobbyArrival: 'You are in. The line starts moving when the sale opens.',
    number: 'Your place',
    /** Right behind the number, in both languages. */
    aheadLabel: ' ahead of you',
    progress: 'How far the line has come towards you',
    wait: (low: string, high: string) => (low === high ? `about ${low}` : `between ${low} and ${high}`),
    waitUnknown: 'Not known just now',
    minutes: (minutes: number) => (minutes < 1 ? 'less than a minute' : `${minutes} min`),
    hours: (hours: number, minutes: number) => `${hours} h ${minutes} min`,
    turn: 'It is your turn!',
    turnTitle: 'Your turn!',
    goIn: 'Go in and buy',
    goingIn: 'Going in…',
    signInWhile: 'Sign in while you wait',
    signedIn: 'You are signed in. Your place follows you to your other devices.',
    kept: 'You go in next. A slot gets free in a moment; your turn is kept.',
    missed: 'Your turn has passed. Take a new place to go on.',
    used: 'This place has been used.',
    lost: 'This place could not be restored. Take a new one.',
    inside: 'You are already inside.',
    goInHere: 'Go on here',
    toBasket: 'On to your basket',
    paused: 'The sale is paused. Nobody is called, and every place is kept.',
    shopAway: 'The shop is not answering. Nobody is called, and every place is kept.',
    shopSlow: 'The shop is busy, so the line moves more slowly.',
    beaconRequired:
      'The draw waits for the number of the public source of randomness. Nobody is called until it is there, and every place is kept.',
    beaconPreferred:
      'The draw waits for the number of the public source of randomness. If it stays silent for a minute, the draw goes on without it. Every place is kept.',
    restoring: 'The room is being restored after a failure. Your place is kept.',
    stale: 'What you see is a moment old; it goes on by itself.',
    soldOut: 'Everything is sold.',
    mayReturn: (units: number) =>
      `${units} ${plural(units, 'unit is', 'units are')} held by others and may return; your place is kept.`,
    closed: 'The sale is over.',
    scheduled: 'The waiting room is not open yet.',
    failed: 'That did not work just now. Your place, if you have one, is kept.',
    closing:
      'You may close this page: your place is kept, and you find it here again in this browser. But be back when it is your turn.',
    leave: 'Give up my place',
    basket: 'What I want to buy',
    basketKept: 'Chosen',
    chance: {
      yes: 'You take part in the draw, with one chance like everyone else.',
      'signed-out':
        'You do not take part in the draw yet. Sign in and confirm your e-mail address before the sale opens.',
      unproven: 'You do not take part in the draw yet. Confirm your e-mail address before the sale opens.',
      'network-limit':
        'This place does not take part in the draw: as many from your network as the organiser allows take part already. It stays in line behind those drawn. You can try again from another network.',
      'domain-limit':
        'This place does not take part in the draw: as many with addresses of your mail domain as the organiser allows take part already. It stays in line behind those drawn.',
      'too-late':
        'This place does not take part in the draw: it was not bound to a confirmed account before the sale opened. It stays in line behind those drawn.',
      elsewhere:
        'Your account already waits at another place, and that one has its chance in the draw. This one stays in line behind those drawn.',
      foreign: 'This place belongs to another account. Sign in with that account to go on with it.',
      unknown: 'Whether you take part in the draw cannot be found out just now. Your place is kept.',
    },
    drawAfter: (index: string, position: string) =>
      `You came as number ${index}; the lots gave you place ${position}.`,
    drawBehind: (index: string, position: string) =>
      `You came as number ${index} and took no part in the draw; behind those who did, you have place ${position}.`,
  },
  ko: {
    title: (festival: string) => `${festival} 대기실`,
    heading: '대기실',
    shut: '잠시 후 다시 열립니다.',
    enter: '줄 서기',
    proving: '로봇이 아님을 기기가 확인하고 있습니다. 몇 초 걸립니다.',
    lobby: '입장했습니다. 판매가 시작되면 추첨으로 순서를 정합니다.',
    lobbyArrival: '입장했습니다. 판매가 시작되면 줄이 움직입니다.',
    number: '내 순서',
    aheadLabel: '명이 앞에 있습니다',
    progress: '줄이 내 차례까지 온 정도',
    wait: (low: string, high: string) => (low === high ? `약 ${low}` : `${low}에서 ${high} 사이`),
    waitUnknown: '지금은 알 수 없습니다',
    minutes: (minutes: number) => (minutes < 1 ? '1분 이내' : `${minutes}분`),
    hours: (hours: number, minutes: number) => `${hours}시간 ${minutes}분`,
    turn: '차례가 되었습니다!',
    turnTitle: '내 차례!',
    goIn: '입장해서 구매하기',
    goingIn: '입장하는 중…',
    signInWhile: '기다리는 동안 로그인',
    signedIn: '로그인되어 있습니다. 다른 기기에서도 이 자리를 이어갈 수 있습니다.',
    kept: '다음 순서로 입장합니다. 곧 자리가 나며, 차례는 그대로 유지됩니다.',
    missed: '차례가 지났습니다. 계속하려면 다시 줄을 서 주세요.',
    used: '이미 사용한 자리입니다.',
    lost: '이 자리는 복구하지 못했습니다. 다시 줄을 서 주세요.',
    inside: '이미 입장했습니다.',
    goInHere: '여기에서 이어가기',
    toBasket: '장바구니로 가기',
    paused: '판매가 잠시 중지되었습니다. 아무도 부르지 않으며, 모든 자리는 그대로입니다.',
    shopAway: '상점이 응답하지 않습니다. 아무도 부르지 않으며, 모든 자리는 그대로입니다.',
    shopSlow: '상점이 붐벼 줄이 천천히 움직입니다.',
    beaconRequired:
      '추첨에 쓸 공개 난수를 기다리고 있습니다. 나올 때까지 아무도 부르지 않으며, 모든 자리는 그대로입니다.',
    beaconPreferred:
      '추첨에 쓸 공개 난수를 기다리고 있습니다. 1분 동안 나오지 않으면 그것 없이 추첨합니다. 모든 자리는 그대로입니다.',
    restoring: '장애 후 대기실을 복구하고 있습니다. 자리는 그대로입니다.',
    stale: '조금 전 상태입니다. 자동으로 이어집니다.',
    soldOut: '모두 팔렸습니다.',
    mayReturn: (units: number) =>
      `${units}장은 다른 사람이 결제하는 중이며 다시 나올 수 있습니다. 자리는 그대로입니다.`,
    closed: '판매가 끝났습니다.',
    scheduled: '대기실이 아직 열리지 않았습니다.',
    failed: '지금은 되지 않았습니다. 이미 받은 자리는 그대로입니다.',
    closing:
      '이 창을 닫아도 됩니다. 자리는 유지되고 이 브라우저에서 다시 볼 수 있습니다. 차례에는 돌아와 주세요.',
    leave: '자리 포기하기',
    basket: '사고 싶은 티켓',
    basketKept: '선택됨',
    chance: {
      yes: '추첨에 참여합니다. 다른 사람과 똑같이 기회는 한 번입니다.',
      'signed-out':
        '아직 추첨에 참여하지 않습니다. 판매가 시작되기 전에 로그인하고 이메일 주소를 확인해 주세요.',
      unproven: '아직 추첨에 참여하지 않습니다. 판매가 시작되기 전에 이메일 주소를 확인해 주세요.',
      'network-limit':
        '이 자리는 추첨에 참여하지 않습니다. 같은 네트워크에서 주최자가 정한 수만큼 이미 참여하고 있습니다. 자리는 추첨된 사람들 뒤에 그대로 있으며, 다른 네트워크에서 다시 시도할 수 있습니다.',
      'domain-limit':
        '이 자리는 추첨에 참여하지 않습니다. 같은 메일 도메인의 주소로 주최자가 정한 수만큼 이미 참여하고 있습니다. 자리는 추첨된 사람들 뒤에 그대로 있습니다.',
      'too-late':
        '이 자리는 추첨에 참여하지 않습니다. 판매가 시작되기 전에 주소를 확인한 계정과 연결되지 않았습니다. 자리는 추첨된 사람들 뒤에 그대로 있습니다.',
      elsewhere:
        '이 계정은 이미 다른 자리에서 기다리고 있으며, 그 자리로 추첨에 한 번 참여합니다. 이 자리는 추첨된 사람들 뒤에 그대로 있습니다.',
      foreign: '다른 계정의 자리입니다. 계속하려면 그 계정으로 로그인해 주세요.',
      unknown: '추첨에 참여하는지 지금은 알 수 없습니다. 자리는 그대로입니다.',
    },
    drawAfter: (index: string, position: string) =>
      `${index}번째로 왔고, 추첨으로 ${position}번 순서를 받았습니다.`,
    drawBehind: (index: string, position: string) =>
      `${index}번째로 왔고 추첨에는 참여하지 않았습니다. 추첨된 사람들 다음으로 ${position}번 순서입니다.`,
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

/** What the draw gave a place of the lobby, in words; '' before it, and for who came later. */
export function lotOf(
  { drawn, lobbyEntries = 0 }: { drawn: boolean; lobbyEntries?: number | undefined },
  standing: Standing | undefined,
  text: RoomText,
  shown: (value: number) => string,
): string {
  if (!drawn || standing?.position === undefined || standing.index >= lobbyEntries) return ''
  const [index, position] = [shown(standing.index + 1), shown(standing.position + 1)]
  return standing.drawn === false ? text.drawBehind(index, position) : text.drawAfter(index, position)
}
