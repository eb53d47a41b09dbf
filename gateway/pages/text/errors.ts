import { translated } from '../translated.ts'

/** What went wrong, and what to do next, by the kind of answer. */
export const errorsText = translated({
  en: {
    home: 'To the festivals',
    requestId: 'If you write to us, please name this number:',
    'not-found': {
      title: 'There is nothing here',
      next: 'The address may be mistyped, or the festival is over. All festivals are on the front page.',
    },
    'too-many': {
      title: 'A little slower, please',
      next: 'Too much was asked from your connection just now. Wait a moment and load the page again; your place is kept.',
    },
    forbidden: {
      title: 'This is not for you',
      next: 'Sign in with another account, or go back to the front page.',
    },
    unavailable: {
      title: 'Back in a moment',
      next: 'A part of the shop is away. Nothing is lost, and every place is kept. Load the page again in a few seconds.',
    },
    'cross-site': {
      title: 'That came from elsewhere',
      next: 'For your safety, only our own pages may ask for this. Start from the front page.',
    },
    'body-too-large': {
      title: 'That is too large',
      next: 'Nothing of it was kept. Go back, choose a smaller picture or write less, and send it again.',
    },
    most: (size: string) => `What is sent there may have at most ${size}.`,
    'bad-request': { title: 'That could not be understood', next: 'Go back and try again.' },
    internal: {
      title: 'Something went wrong on our side',
      next: 'We have written it down. Your place and what you have paid are safe. Please try again.',
    },
  },
  ko: {
    home: '축제 목록으로',
    requestId: '문의하실 때 이 번호를 알려 주세요:',
    'not-found': {
      title: '여기에는 아무것도 없습니다',
      next: '주소가 잘못되었거나 끝난 축제일 수 있습니다. 첫 페이지에서 모든 축제를 볼 수 있습니다.',
    },
    'too-many': {
      title: '조금만 천천히',
      next: '지금 이 연결에서 요청이 너무 많았습니다. 잠시 후 페이지를 새로 고쳐 주세요. 자리는 그대로입니다.',
    },
    forbidden: {
      title: '볼 수 없는 페이지입니다',
      next: '다른 계정으로 로그인하거나 첫 페이지로 돌아가 주세요.',
    },
    unavailable: {
      title: '잠시 후 다시 열립니다',
      next: '일부가 잠시 연결되지 않습니다. 잃은 것은 없고 모든 자리는 그대로입니다. 몇 초 뒤에 새로 고쳐 주세요.',
    },
    'cross-site': {
      title: '다른 사이트에서 온 요청입니다',
      next: '안전을 위해 우리 페이지에서만 할 수 있습니다. 첫 페이지에서 다시 시작해 주세요.',
    },
    'body-too-large': {
      title: '보내신 것이 너무 큽니다',
      next: '저장된 것은 없습니다. 뒤로 가서 더 작은 사진을 고르거나 글을 줄여 다시 보내 주세요.',
    },
    most: (size: string) => `한 번에 보낼 수 있는 크기: 최대 ${size}.`,
    'bad-request': { title: '요청을 이해할 수 없습니다', next: '뒤로 가서 다시 시도해 주세요.' },
    internal: {
      title: '우리 쪽에 문제가 생겼습니다',
      next: '문제를 기록했습니다. 자리와 결제는 안전합니다. 다시 시도해 주세요.',
    },
  },
})

export type ErrorKind = Exclude<keyof (typeof errorsText)['en'], 'home' | 'requestId' | 'most'>
