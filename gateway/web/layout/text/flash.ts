import { type Language, plural, translated } from '../../i18n/translated.ts'

/** The numbers of a refusal. */
export type RefusalFacts = {
  /** Seconds until a retry may work; 0 or less once that is over. */
  waitSeconds?: number
  /** The limit that was reached. */
  limit?: number
}

/** What a refusal of the API means to a fan, by its code; others share a general message. */
const texts = translated<Record<string, string>>({
  en: {
    'room-full': 'The waiting room is full right now. Please try again in half a minute.',
    'room-not-open': 'The waiting room isn’t open right now.',
    'network-full':
      'Too many people have joined this queue from your network. Please join from another network, such as mobile data.',
    'too-many': 'Too many requests from you or your network. Please try again in a minute.',
    'proof-needed': 'To join right now, please use a browser with JavaScript on.',
    'sold-out': 'Sold out.',
    'no-free-slot': 'You’re next. We’ll let you in as soon as there’s room.',
    'not-called': 'It’s not your turn yet.',
    'entry-drawn':
      'The draw has taken place, so this request to join can’t be repeated. If you signed in before the sale opened, sign in to get your place back; otherwise join the queue again.',
    missed: 'You missed your turn. Join the queue again to continue.',
    'turn-missed': 'You missed your turn. Join the queue again to continue.',
    used: 'You’ve already used this place. Join the queue again to continue.',
    'place-used': 'You’ve already used this place. Join the queue again to continue.',
    lost: 'We couldn’t restore your place. Please join the queue again.',
    'place-lost': 'We couldn’t restore your place. Please join the queue again.',
    'place-moved':
      'Because of a technical problem, two fans had the same place, so we had to move you to the nearest free one: the end of the queue. We’re sorry.',
    'token-invalid': 'This place is no longer valid. Please join the queue again.',
    'place-bound':
      'Your account already has another place in this queue. Continue with that one, or give it up first.',
    'place-of-another-account': 'This place belongs to another account.',
    'place-missing': 'Your account has no place here. Join the queue to continue.',
    conflict:
      'You can’t give up your place before the draw. You can simply close this page: if you’re not here when it’s your turn, your place lapses.',
    'pass-held': 'You’re already shopping on another device or tab.',
    'pass-ended': 'Your time to buy is over. Join the queue again to continue.',
    'room-restored':
      'We restored the sale after a failure, and your reserved tickets were released. Your place is safe: it’ll be your turn again in a moment.',
    'hold-expired': 'Your time ran out and your tickets were released. Choose again.',
    'nothing-chosen': 'You have no tickets reserved now. Choose at least one ticket.',
    'invalid-input': 'Please check what you entered. Nothing has changed.',
    'request-in-flight': 'We’re receiving your payment request. Check again in a moment.',
    'hold-missing': 'You have no tickets reserved. Choose again.',
    'payment-paused':
      'Your last payments were declined or cancelled, so please wait before trying again, up to a minute. Your tickets are still reserved.',
    'hold-changed':
      'Your tickets or their price have changed since that page was shown. Nothing was charged. Check them and pay again.',
    'hold-paying': 'You’re already paying for this basket.',
    'payment-cancelled': 'You’ve cancelled that payment, and you won’t be charged for it.',
    'units-held':
      'All remaining tickets are in other people’s baskets; some may come back. Try again in a moment.',
    'not-on-sale': 'One of these tickets isn’t on sale right now.',
    'limit-reached': 'That’s more than one account may buy.',
    'refund-deadline-passed': 'The cancellation deadline has passed.',
    'checked-in': 'A ticket of this order has been used at the gate, so the order can’t be cancelled.',
    busy: 'Lots of people are paying right now. Your tickets are still reserved; please try again in a moment.',
    unavailable: 'Something is temporarily down. If you have a place, it’s safe.',
  },
  ko: {
    'room-full': '지금은 대기실이 가득 찼습니다. 30초 뒤에 다시 시도해 주세요.',
    'room-not-open': '지금은 대기실이 열려 있지 않습니다.',
    'network-full':
      '같은 네트워크에서 이 대기열에 너무 많이 참여했습니다. 모바일 데이터 등 다른 네트워크로 접속해 주세요.',
    'too-many': '이 기기나 같은 네트워크에서 요청이 너무 많았습니다. 1분 뒤에 다시 시도해 주세요.',
    'proof-needed': '지금 참여하려면 자바스크립트가 켜진 브라우저를 사용해 주세요.',
    'sold-out': '매진되었습니다.',
    'no-free-slot': '다음 차례입니다. 자리가 나는 대로 입장합니다.',
    'not-called': '아직 차례가 아닙니다.',
    'entry-drawn':
      '순서 추첨이 끝나 같은 참여 요청을 다시 처리할 수 없습니다. 판매 시작 전에 로그인하셨다면 로그인해 원래 순서로 돌아가고, 아니면 대기열에 다시 참여해 주세요.',
    missed: '차례가 지났습니다. 계속하려면 대기열에 다시 참여해 주세요.',
    'turn-missed': '차례가 지났습니다. 계속하려면 대기열에 다시 참여해 주세요.',
    used: '이미 사용한 대기 순서입니다. 계속하려면 대기열에 다시 참여해 주세요.',
    'place-used': '이미 사용한 대기 순서입니다. 계속하려면 대기열에 다시 참여해 주세요.',
    lost: '대기 순서를 복구하지 못했습니다. 대기열에 다시 참여해 주세요.',
    'place-lost': '대기 순서를 복구하지 못했습니다. 대기열에 다시 참여해 주세요.',
    'place-moved':
      '장애로 두 분이 같은 대기 순서를 받아 부득이하게 대기열 맨 뒤, 가장 가까운 빈 순서로 옮겨 드렸습니다. 불편을 드려 죄송합니다.',
    'token-invalid': '더 이상 유효하지 않은 대기 순서입니다. 대기열에 다시 참여해 주세요.',
    'place-bound':
      '이 계정은 이미 이 대기열에서 다른 순서로 대기 중입니다. 그 순서로 계속하거나 먼저 포기해 주세요.',
    'place-of-another-account': '다른 계정의 대기 순서입니다.',
    'place-missing': '이 계정으로 받은 대기 순서가 없습니다. 대기열에 참여해 주세요.',
    conflict:
      '순서 추첨 전에는 대기를 포기할 수 없습니다. 차례가 되었을 때 입장하지 않으면 자동으로 취소되니 창을 닫아도 됩니다.',
    'pass-held': '다른 기기나 다른 창에서 이미 예매 중입니다.',
    'pass-ended': '예매 시간이 종료되었습니다. 계속하려면 대기열에 다시 참여해 주세요.',
    'room-restored':
      '장애 후 판매를 복구하면서 선점한 티켓이 풀렸습니다. 대기 순서는 유지되며, 곧 다시 입장할 수 있습니다.',
    'hold-expired': '제한 시간이 지나 선점이 풀렸습니다. 다시 선택해 주세요.',
    'nothing-chosen': '선점한 티켓이 없습니다. 한 장 이상 선택해 주세요.',
    'invalid-input': '입력한 내용을 확인해 주세요. 변경된 내용은 없습니다.',
    'request-in-flight': '결제 요청을 받고 있습니다. 잠시 후 다시 확인해 주세요.',
    'hold-missing': '선점한 티켓이 없습니다. 다시 선택해 주세요.',
    'payment-paused':
      '결제가 거절되거나 취소되어 잠시 기다려 주셔야 합니다. 티켓은 계속 선점되어 있으니 최대 1분 뒤에 다시 시도해 주세요.',
    'hold-changed':
      '화면을 여신 뒤에 담은 티켓이나 금액이 바뀌었습니다. 결제되지 않았으니 확인한 뒤 다시 결제해 주세요.',
    'hold-paying': '이미 결제가 진행되고 있습니다.',
    'payment-cancelled': '결제를 취소했습니다. 이 결제로는 청구되지 않습니다.',
    'units-held': '남은 티켓을 모두 다른 분이 선점 중입니다. 다시 나올 수 있으니 잠시 후 시도해 주세요.',
    'not-on-sale': '지금 판매하지 않는 티켓이 포함되어 있습니다.',
    'limit-reached': '계정당 예매 한도를 넘었습니다.',
    'refund-deadline-passed': '취소할 수 있는 기간이 지났습니다.',
    'checked-in': '이미 입장에 사용한 티켓이 있어 예매를 취소할 수 없습니다.',
    busy: '결제하는 분이 많습니다. 선점한 티켓은 유지되니 잠시 후 다시 시도해 주세요.',
    unavailable: '일시적인 오류가 발생했습니다. 대기 순서는 유지됩니다.',
  },
})

/** The same for refusals with a time to wait or a limit. */
const exact = translated<Record<string, (facts: { wait: string; limit?: number }) => string>>({
  en: {
    'room-full': ({ wait }) => `The waiting room is full right now. Please try again in ${wait}.`,
    'network-full': ({ wait, limit }) =>
      `${limit === undefined ? 'Too many people have' : `The ${plural(limit, 'one person', `${limit} people`)} that one network may bring have`} joined this queue from your network. Please join from another network, such as mobile data, or try again in ${wait}.`,
    'too-many': ({ wait }) => `Too many requests from you or your network. Please try again in ${wait}.`,
    'payment-paused': ({ wait }) =>
      `Your last payments were declined or cancelled. You can try again in ${wait}; your tickets are still reserved.`,
    busy: ({ wait }) =>
      `Lots of people are paying right now. Your tickets are still reserved; please try again in ${wait}.`,
  },
  ko: {
    'room-full': ({ wait }) => `지금은 대기실이 가득 찼습니다. ${wait} 뒤에 다시 시도해 주세요.`,
    'network-full': ({ wait, limit }) =>
      `같은 네트워크에서 ${limit === undefined ? '이 대기열에 너무 많이' : `허용된 ${limit}명이 이미`} 참여했습니다. 모바일 데이터 등 다른 네트워크로 접속하거나 ${wait} 뒤에 다시 시도해 주세요.`,
    'too-many': ({ wait }) =>
      `이 기기나 같은 네트워크에서 요청이 너무 많았습니다. ${wait} 뒤에 다시 시도해 주세요.`,
    'payment-paused': ({ wait }) =>
      `결제가 거절되거나 취소되어 잠시 기다려 주셔야 합니다. 티켓은 계속 선점되어 있으니 ${wait} 뒤에 다시 시도해 주세요.`,
    busy: ({ wait }) => `결제하는 분이 많습니다. 선점한 티켓은 유지되니 ${wait} 뒤에 다시 시도해 주세요.`,
  },
})

/** The time to wait, in seconds or in minutes. */
export function waitText(seconds: number, language: Language): string {
  const [count, isSeconds] = seconds < 60 ? [seconds, true] : [Math.ceil(seconds / 60), false]
  if (language === 'ko') return `${count}${isSeconds ? '초' : '분'}`
  return `${count} ${isSeconds ? plural(count, 'second', 'seconds') : plural(count, 'minute', 'minutes')}`
}

const general = translated({
  en: 'Something went wrong. Please try again.',
  ko: '일시적인 오류가 발생했습니다. 다시 시도해 주세요.',
})

/** The message for a code in an address; undefined when there is none, or no longer. */
export function flashText(
  code: string | undefined,
  language: Language,
  { waitSeconds, limit }: RefusalFacts = {},
): string | undefined {
  if (code === undefined) return undefined
  if (waitSeconds !== undefined && Object.hasOwn(exact[language], code)) {
    const facts = { wait: waitText(waitSeconds, language), ...(limit === undefined ? {} : { limit }) }
    return waitSeconds > 0 ? exact[language][code]?.(facts) : undefined
  }
  return Object.hasOwn(texts[language], code) ? texts[language][code] : general[language]
}
