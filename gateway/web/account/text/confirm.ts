import { plural, translated } from '../../i18n/translated.ts'

export const confirmText = translated({
  en: {
    title: 'Confirm your e-mail address',
    lead: {
      before: 'We’ll send a six-digit code to ',
      after:
        '. Enter it here, or open the link from the e-mail in this browser. If you already had an account with this address, the e-mail tells you how to get back into it.',
    },
    why: 'Only accounts with a confirmed address can take part in draws. We also send your tickets there.',
    code: 'Six-digit code',
    confirm: 'Confirm',
    send: 'Send code',
    sendAgain: 'Send again',
    sent: 'Check your inbox. Nothing there after a few minutes? Check your spam folder.',
    wrong: (left: number) => `Wrong code. You have ${left} ${plural(left, 'attempt', 'attempts')} left.`,
    wrongFormat: 'Enter the six digits from the e-mail.',
    ended:
      'This code or link has already been used, has expired, or was entered wrongly too often. Please request a new e-mail; its link works even after too many wrong codes.',
    linkEnded:
      'This link has already been used, has expired, or is for a different account from the one signed in here. Enter the code from the e-mail where you signed up, or request a new e-mail here.',
    taken:
      'Another account has already confirmed this address, perhaps written differently (with dots or a plus sign). Please sign in to that account.',
    busy: 'We’re sending a lot of e-mails right now. Please try again in a minute.',
    tooMany: (minutes: number) =>
      `Too many attempts. Please try again in ${minutes} ${plural(minutes, 'minute', 'minutes')}.`,
    unavailable: 'Something went wrong. Please try again in a moment.',
    done: 'Your e-mail address is confirmed.',
    linkLead: 'Press the button to confirm the e-mail address of your Naru account.',
    linkWarning: 'Didn’t create a Naru account? Just close this page.',
    continue: 'Continue',
    myPage: 'My page',
    hint: 'Your e-mail address isn’t confirmed yet. You can only take part in draws with a confirmed address.',
    hintLink: 'Confirm now',
  },
  ko: {
    title: '이메일 인증',
    lead: {
      before: '인증번호 6자리를 ',
      after:
        ' 주소로 보내 드립니다. 인증번호를 여기에 입력하거나 이 브라우저에서 이메일의 링크를 열어 주세요. 이 주소로 가입한 계정이 이미 있다면 이메일에서 로그인 방법을 알려 드립니다.',
    },
    why: '이메일을 인증한 계정만 순서 추첨에 참여할 수 있으며, 티켓도 이 주소로 보내 드립니다.',
    code: '인증번호 6자리',
    confirm: '확인',
    send: '인증번호 받기',
    sendAgain: '다시 받기',
    sent: '인증번호를 보냈습니다. 몇 분 안에 이메일이 오지 않으면 스팸함을 확인해 주세요.',
    wrong: (left: number) => `인증번호가 맞지 않습니다. ${left}번 더 입력할 수 있습니다.`,
    wrongFormat: '이메일로 받은 숫자 6자리를 입력해 주세요.',
    ended:
      '이미 사용했거나 만료되었거나 너무 여러 번 틀린 인증번호 또는 링크입니다. 이메일을 다시 받아 주세요. 인증번호를 여러 번 틀렸어도 이메일의 링크는 사용할 수 있습니다.',
    linkEnded:
      '이미 사용했거나 만료되었거나, 지금 로그인한 계정이 아닌 다른 계정의 링크입니다. 가입하신 화면에 이메일의 인증번호를 입력하거나 여기에서 이메일을 다시 받아 주세요.',
    taken:
      '다른 계정에서 이미 인증한 주소입니다. 점(.)이나 더하기(+) 기호만 다른 주소일 수도 있습니다. 그 계정으로 로그인해 주세요.',
    busy: '이메일 요청이 많습니다. 잠시 후 다시 시도해 주세요.',
    tooMany: (minutes: number) => `시도 횟수가 너무 많습니다. ${minutes}분 뒤에 다시 시도해 주세요.`,
    unavailable: '일시적인 오류가 발생했습니다. 잠시 후 다시 시도해 주세요.',
    done: '이메일 인증이 완료되었습니다.',
    linkLead: '아래 버튼을 누르면 나루 계정의 이메일 인증이 완료됩니다.',
    linkWarning: '나루에 가입한 적이 없다면 이 페이지를 닫아 주세요.',
    continue: '계속하기',
    myPage: '마이페이지',
    hint: '아직 이메일을 인증하지 않았습니다. 인증한 계정만 순서 추첨에 참여할 수 있습니다.',
    hintLink: '지금 인증하기',
  },
})
