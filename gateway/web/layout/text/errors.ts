import { translated } from '../../i18n/translated.ts'

/** What went wrong, and what to do next, by the kind of error. */
export const errorsText = translated({
  en: {
    home: 'All festivals',
    requestId: 'Error number:',
    'not-found': {
      title: 'Page not found',
      next: 'The address may be mistyped, or the festival may be over. You’ll find all festivals on the home page.',
    },
    'too-many': {
      title: 'Too many requests',
      next: 'There have been too many requests from your network. Wait a moment, then reload the page; your place is safe.',
    },
    forbidden: {
      title: 'You don’t have access',
      next: 'Sign in with another account, or go back to the home page.',
    },
    unavailable: {
      title: 'Back in a moment',
      next: 'Part of the shop is temporarily down. Your place and your payments are safe. Reload the page in a few seconds.',
    },
    'cross-site': {
      title: 'Request from another site blocked',
      next: 'For your safety, this only works from our own pages. Please start again from the home page.',
    },
    'body-too-large': {
      title: 'That’s too large',
      next: 'Nothing was saved. Go back, choose a smaller picture or shorten the text, and try again.',
    },
    retryIn: (wait: string) => `You can try again in ${wait}.`,
    most: (size: string) => `Maximum size: ${size}.`,
    'bad-request': { title: 'We couldn’t process that', next: 'Go back and try again.' },
    internal: {
      title: 'Something went wrong on our side',
      next: 'We’ve logged the problem. Your place and your payments are safe. Please try again.',
    },
  },
  ko: {
    home: '축제 목록 보기',
    requestId: '오류 번호:',
    'not-found': {
      title: '페이지를 찾을 수 없습니다',
      next: '주소가 잘못되었거나 이미 끝난 축제일 수 있습니다. 홈에서 모든 축제를 볼 수 있습니다.',
    },
    'too-many': {
      title: '요청이 너무 많습니다',
      next: '같은 네트워크에서 요청이 너무 많이 들어왔습니다. 잠시 후 새로고침해 주세요. 대기 순서는 유지됩니다.',
    },
    forbidden: {
      title: '접근 권한이 없습니다',
      next: '다른 계정으로 로그인하거나 홈으로 돌아가 주세요.',
    },
    unavailable: {
      title: '잠시 후 다시 열립니다',
      next: '일부 서비스를 일시적으로 이용할 수 없습니다. 대기 순서와 결제 내역은 안전합니다. 몇 초 뒤에 새로고침해 주세요.',
    },
    'cross-site': {
      title: '다른 사이트에서 보낸 요청을 차단했습니다',
      next: '안전을 위해 나루 사이트에서만 이용할 수 있습니다. 홈에서 다시 시작해 주세요.',
    },
    'body-too-large': {
      title: '용량이 너무 큽니다',
      next: '저장되지 않았습니다. 뒤로 가서 더 작은 사진을 선택하거나 내용을 줄인 뒤 다시 시도해 주세요.',
    },
    retryIn: (wait: string) => `${wait} 뒤에 다시 시도할 수 있습니다.`,
    most: (size: string) => `최대 용량: ${size}`,
    'bad-request': { title: '요청을 처리할 수 없습니다', next: '뒤로 가서 다시 시도해 주세요.' },
    internal: {
      title: '서비스에 문제가 발생했습니다',
      next: '오류가 기록되었습니다. 대기 순서와 결제 내역은 안전합니다. 다시 시도해 주세요.',
    },
  },
})

export type ErrorKind = Exclude<keyof (typeof errorsText)['en'], 'home' | 'requestId' | 'most' | 'retryIn'>
