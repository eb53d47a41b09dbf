import { type Language, translated } from '../translated.ts'

/** What a refusal of the API means to a fan, by its code; for others there is a general word. */
const texts = translated<Record<string, string>>({
  en: {
    'room-full': 'The waiting room is full right now. Please try again in half a minute.',
    'room-not-open': 'The room is not open just now.',
    'network-full':
      'Too many places of this room have been taken from your network. Please enter from another network, such as mobile data.',
    'too-many': 'That was too often, from you or from your network. Please try again in a minute.',
    'proof-needed': 'To join right now, please use a browser with JavaScript on.',
    'sold-out': 'Sold out.',
    'no-free-slot': 'You’re next. We’ll let you in as soon as there’s room.',
    'not-called': 'It’s not your turn yet.',
    'entry-drawn':
      'The draw has been made, so this entry cannot be sent again. If you signed in before the opening, sign in to go on with your place; otherwise take a new one.',
    missed: 'You missed your turn. Join the queue again to continue.',
    'turn-missed': 'You missed your turn. Join the queue again to continue.',
    used: 'You’ve already used this place. Join the queue again to continue.',
    'place-used': 'You’ve already used this place. Join the queue again to continue.',
    lost: 'We couldn’t restore your place. Please join the queue again.',
    'place-lost': 'We couldn’t restore your place. Please join the queue again.',
    'place-moved':
      'After a failure your place had been given to two fans, and it cannot be yours any more. You have another one now, the nearest that nobody has: at the end of the line.',
    'token-invalid': 'This place is no longer valid. Please join the queue again.',
    'place-bound': 'Your account waits at another place already. Go on with that one, or leave it first.',
    'place-foreign': 'This place belongs to another account.',
    'place-missing': 'Your account has no place here. Join the queue to continue.',
    conflict:
      'The lots are not drawn yet. A place that nobody claims passes by itself; you may also close this page.',
    'pass-held': 'You’re already shopping on another device or tab.',
    'pass-ended': 'Your time to buy is over. Join the queue again to continue.',
    'room-restored':
      'The sale was restored after a failure, and what was held for you is gone. Your place is kept: you are called again in a moment.',
    'hold-expired': 'Your time ran out and your tickets were released. Choose again.',
    'nothing-chosen': 'Nothing is reserved for you now. Choose at least one ticket.',
    'invalid-input': 'Something in the form was not as it should be. Nothing has changed.',
    'request-in-flight': 'Your payment is just being taken in. Look here again in a moment.',
    'hold-missing': 'Nothing is reserved for you. Choose again.',
    'payment-paused':
      'Your last payments were declined, so please wait before trying again, up to a minute. Your tickets are still reserved.',
    'hold-changed':
      'Your tickets or their price have changed since that page was shown. Nothing was charged. Check them and pay again.',
    'hold-paying': 'You are paying for this basket already.',
    'units-held':
      'All remaining tickets are in other people’s baskets; some may come back. Try again in a moment.',
    'not-on-sale': 'One of these tickets isn’t on sale right now.',
    'limit-reached': 'That’s more than one account may buy.',
    'refund-deadline-passed': 'The time to cancel is over.',
    'checked-in': 'A ticket of this order has been used at the gate, so it cannot be cancelled.',
    busy: 'Lots of people are paying right now. Your tickets are still reserved; please try again in a moment.',
    unavailable: 'Something is away for a moment. Your place, if you have one, is kept.',
  },
  ko: {
    'room-full': '지금은 대기실이 가득 찼습니다. 30초 뒤에 다시 시도해 주세요.',
    'room-not-open': '지금은 대기실이 열려 있지 않습니다.',
    'network-full':
      '같은 네트워크에서 이 대기실의 자리를 너무 많이 받았습니다. 모바일 데이터 등 다른 네트워크로 접속해 주세요.',
    'too-many': '이 기기나 같은 네트워크에서 요청이 너무 잦았습니다. 1분 뒤에 다시 시도해 주세요.',
    'proof-needed': '지금 참여하려면 자바스크립트가 켜진 브라우저를 사용해 주세요.',
    'sold-out': '매진되었습니다.',
    'no-free-slot': '다음 차례입니다. 자리가 나는 대로 입장합니다.',
    'not-called': '아직 차례가 아닙니다.',
    'entry-drawn':
      '추첨이 끝나 이 입장 요청은 다시 보낼 수 없습니다. 판매 시작 전에 로그인하셨다면 로그인하여 그 자리를 이어가고, 아니면 새로 줄을 서 주세요.',
    missed: '차례가 지났습니다. 계속하려면 대기열에 다시 참여해 주세요.',
    'turn-missed': '차례가 지났습니다. 계속하려면 대기열에 다시 참여해 주세요.',
    used: '이미 사용한 대기 순서입니다. 계속하려면 대기열에 다시 참여해 주세요.',
    'place-used': '이미 사용한 대기 순서입니다. 계속하려면 대기열에 다시 참여해 주세요.',
    lost: '대기 순서를 복구하지 못했습니다. 대기열에 다시 참여해 주세요.',
    'place-lost': '대기 순서를 복구하지 못했습니다. 대기열에 다시 참여해 주세요.',
    'place-moved':
      '장애 중에 같은 자리가 두 사람에게 발급되어, 원래 자리는 이어갈 수 없습니다. 대신 가장 가까운 빈 자리인 맨 뒤의 새 자리를 드렸습니다.',
    'token-invalid': '더 이상 유효하지 않은 대기 순서입니다. 대기열에 다시 참여해 주세요.',
    'place-bound': '이 계정은 이미 다른 자리에서 기다리고 있습니다. 그 자리를 이어가거나 먼저 포기해 주세요.',
    'place-foreign': '다른 계정의 자리입니다.',
    'place-missing': '이 계정으로 받은 대기 순서가 없습니다. 대기열에 참여해 주세요.',
    conflict:
      '아직 추첨 전이라 자리를 포기할 수 없습니다. 차례에 오지 않으면 저절로 넘어가니 창을 닫아도 됩니다.',
    'pass-held': '이 계정은 이미 입장해 있습니다.',
    'pass-ended': '구매 시간이 끝났습니다. 계속하려면 대기열에 다시 참여해 주세요.',
    'room-restored':
      '장애 후 판매를 복구하면서 선점한 티켓이 풀렸습니다. 대기 순서는 유지되며, 곧 다시 입장할 수 있습니다.',
    'hold-expired': '제한 시간이 지나 선점이 풀렸습니다. 다시 선택해 주세요.',
    'nothing-chosen': '선점한 티켓이 없습니다. 한 장 이상 선택해 주세요.',
    'invalid-input': '잘못된 내용이 있어 아무것도 바꾸지 않았습니다.',
    'request-in-flight': '결제 요청을 받고 있습니다. 잠시 후 다시 확인해 주세요.',
    'hold-missing': '선점한 티켓이 없습니다. 다시 선택해 주세요.',
    'payment-paused':
      '결제가 거절되어 잠시 기다려 주셔야 합니다. 티켓은 계속 선점되어 있으니 최대 1분 뒤에 다시 시도해 주세요.',
    'hold-changed':
      '그 화면을 연 뒤에 담은 티켓이나 금액이 바뀌었습니다. 결제되지 않았으니 확인한 뒤 다시 결제해 주세요.',
    'hold-paying': '이 장바구니를 이미 결제하고 있습니다.',
    'units-held': '남은 티켓을 모두 다른 분이 선점 중입니다. 다시 나올 수 있으니 잠시 후 시도해 주세요.',
    'not-on-sale': '지금 판매하지 않는 티켓이 포함되어 있습니다.',
    'limit-reached': '계정당 예매 한도를 넘었습니다.',
    'refund-deadline-passed': '취소할 수 있는 기간이 지났습니다.',
    'checked-in': '입장에 사용한 티켓이 있어 주문을 취소할 수 없습니다.',
    busy: '지금 결제가 매우 많습니다. 선점한 티켓은 그대로이니 잠시 후 다시 시도해 주세요.',
    unavailable: '잠시 연결되지 않습니다. 이미 받은 자리는 그대로입니다.',
  },
})

const general = translated({
  en: 'That did not work just now. Please try again.',
  ko: '지금은 되지 않았습니다. 다시 시도해 주세요.',
})

/** The words for a code in an address; undefined when nothing is to be said. */
export function saidText(code: string | undefined, language: Language): string | undefined {
  if (code === undefined) return undefined
  return Object.hasOwn(texts[language], code) ? texts[language][code] : general[language]
}
