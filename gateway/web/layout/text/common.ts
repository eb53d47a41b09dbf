import { translated } from '../../i18n/translated.ts'

/** Text that every page may need. */
export const commonText = translated({
  en: {
    naru: 'Naru',
    skip: 'Skip to content',
    festivals: 'Festivals',
    myPage: 'My page',
    signIn: 'Sign in',
    signOut: 'Sign out',
    language: 'Language',
    switchTo: '한국어',
    back: 'Back',
    retry: 'Try again',
    footer: 'A fair queue, and a draw anyone can verify.',
    developers: 'For developers',
    offline: 'You’re offline. Your place is safe; this page will update when you’re back.',
  },
  ko: {
    naru: '나루',
    skip: '본문 바로가기',
    festivals: '축제',
    myPage: '마이페이지',
    signIn: '로그인',
    signOut: '로그아웃',
    language: '언어',
    switchTo: 'English',
    back: '뒤로',
    retry: '다시 시도',
    footer: '공정한 대기열, 누구나 검증할 수 있는 순서 추첨.',
    developers: '개발자용',
    offline: '인터넷 연결이 끊겼습니다. 대기 순서는 유지되며, 연결되면 화면이 자동으로 바뀝니다.',
  },
})
