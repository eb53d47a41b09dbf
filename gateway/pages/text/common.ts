import { translated } from '../translated.ts'

/** Words that every page may need. */
export const commonText = translated({
  en: {
    naru: 'Naru',
    skip: 'To the content',
    festivals: 'Festivals',
    myPage: 'My page',
    signIn: 'Sign in',
    signOut: 'Sign out',
    language: 'Language',
    switchTo: '한국어',
    back: 'Back',
    retry: 'Try again',
    footer: 'Fair places in line, and a draw that anyone can check.',
    developers: 'For developers',
    offline: 'No connection. Your place is kept; this page goes on by itself.',
  },
  ko: {
    naru: '나루',
    skip: '본문으로 가기',
    festivals: '축제',
    myPage: '내 페이지',
    signIn: '로그인',
    signOut: '로그아웃',
    language: '언어',
    switchTo: 'English',
    back: '뒤로',
    retry: '다시 시도',
    footer: '공정한 줄서기, 누구나 확인할 수 있는 추첨.',
    developers: '개발자용',
    offline: '연결이 끊겼습니다. 자리는 그대로 있고, 연결되면 이어집니다.',
  },
})
