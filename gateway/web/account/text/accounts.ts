import { plural, translated } from '../../i18n/translated.ts'

export const accountsText = translated({
  en: {
    signIn: 'Sign in',
    signUp: 'Create an account',
    email: 'E-mail address',
    password: 'Password',
    newPassword: 'New password',
    currentPassword: 'Current password',
    passwordRule: 'At least 8 characters. A few words are easier to remember than symbols.',
    name: 'Name on the tickets',
    noAccount: 'No account yet?',
    hasAccount: 'Already have an account?',
    forgot: 'Forgot your password?',
    forgotLead: 'Enter your e-mail address and we’ll send you a link to set a new password.',
    forgotSend: 'Send link',
    sent: 'Check your inbox',
    sentLead:
      'If there’s an account with this address, you’ll get an e-mail in a moment. Its link works once, for a short time. If you already asked a few minutes ago, use that e-mail. Nothing there? Check your spam folder, or try another address.',
    again: 'Try another address',
    setPassword: 'Set a new password',
    setLead: 'All your other devices will be signed out.',
    save: 'Save password',
    account: 'Account',
    myPage: 'My page',
    changePassword: 'Change password',
    changed: 'Your password has been changed, and all your other devices are signed out.',
    everywhere: 'Sign out everywhere',
    everywhereLead:
      'Lost your phone, or signed in on a shared computer? This signs out every device within seconds, including this one. You keep your tickets and your places in queues.',
    signedOut: {
      here: 'You’re signed out.',
      everywhere: 'You’re signed out on every device.',
      forgotten:
        'You’re signed out in this browser, but we couldn’t reach the server to end the session. If other people use this device, sign in again later and choose “Sign out everywhere”.',
    },
    fields: {
      email: 'Enter an e-mail address, like name@example.org.',
      password: 'Use 8–200 characters, and avoid common passwords like “password-1”, names or dates.',
      current: 'That’s not your current password.',
      name: 'Enter a name of up to 100 characters.',
    },
    failed: 'Wrong e-mail address or password.',
    ended: 'This link has already been used or has expired. Please request a new one.',
    tooMany: (minutes: number) =>
      `Too many attempts, perhaps by someone else. Please try again in ${minutes} ${plural(minutes, 'minute', 'minutes')}; your place in the queue is safe.`,
    proofWorking:
      'Or let us check that you’re not a bot. This takes a few seconds, up to a minute on an older phone; you can fill in the form meanwhile.',
    proofDone: 'Check complete: you can try again now.',
    busy: 'Lots of people are signing in right now. Please try again in a moment; your place is safe.',
    invalid: 'Please check the marked fields.',
    unavailable: 'Something went wrong. Please try again in a moment; your place is safe.',
    cookies:
      'That worked, but this browser didn’t keep the cookie that keeps you signed in. Allow cookies for this site in your browser’s settings, or use another browser, then sign in again.',
    mail: 'E-mails of this development system',
    mailLead:
      'This development system saves e-mails to a folder instead of sending them, and shows them on this computer only. Systems that send e-mails don’t have this page.',
    noMail: 'No e-mails yet.',
    to: 'To',
    attachment: 'Attached:',
  },
  ko: {
    signIn: '로그인',
    signUp: '회원가입',
    email: '이메일 주소',
    password: '비밀번호',
    newPassword: '새 비밀번호',
    currentPassword: '현재 비밀번호',
    passwordRule: '8자 이상 입력해 주세요. 복잡한 기호보다 단어 몇 개가 기억하기 쉽습니다.',
    name: '티켓에 표시할 이름',
    noAccount: '아직 회원이 아니신가요?',
    hasAccount: '이미 회원이신가요?',
    forgot: '비밀번호를 잊으셨나요?',
    forgotLead: '가입하신 이메일 주소를 입력해 주세요. 비밀번호 재설정 링크를 보내 드립니다.',
    forgotSend: '링크 받기',
    sent: '받은편지함을 확인해 주세요',
    sentLead:
      '이 주소로 가입한 계정이 있으면 곧 이메일이 도착합니다. 링크는 일정 시간 동안 한 번만 사용할 수 있습니다. 몇 분 전에 이미 요청하셨다면 그때 받은 이메일을 사용해 주세요. 이메일이 오지 않으면 스팸함을 확인하거나 다른 주소로 시도해 주세요.',
    again: '다른 주소로 시도',
    setPassword: '비밀번호 재설정',
    setLead: '이 기기를 제외한 모든 기기에서 로그아웃됩니다.',
    save: '비밀번호 저장',
    account: '계정',
    myPage: '마이페이지',
    changePassword: '비밀번호 변경',
    changed: '비밀번호가 변경되었으며, 다른 모든 기기에서 로그아웃되었습니다.',
    everywhere: '모든 기기에서 로그아웃',
    everywhereLead:
      '휴대폰을 잃어버렸거나 공용 컴퓨터에서 로그인하셨나요? 이 기기를 포함한 모든 기기에서 몇 초 안에 로그아웃됩니다. 티켓과 대기 순서는 유지됩니다.',
    signedOut: {
      here: '로그아웃되었습니다.',
      everywhere: '모든 기기에서 로그아웃되었습니다.',
      forgotten:
        '이 브라우저에서는 로그아웃되었지만, 서버에 연결할 수 없어 로그인 상태를 완전히 종료하지 못했습니다. 다른 사람과 함께 쓰는 기기라면 나중에 다시 로그인해 ‘모든 기기에서 로그아웃’을 선택해 주세요.',
    },
    fields: {
      email: 'name@example.org와 같은 이메일 주소를 입력해 주세요.',
      password:
        '8~200자로 입력해 주세요. ‘password-1’, 이름, 날짜처럼 추측하기 쉬운 비밀번호는 사용할 수 없습니다.',
      current: '현재 비밀번호가 맞지 않습니다.',
      name: '이름을 100자 이내로 입력해 주세요.',
    },
    failed: '이메일 주소 또는 비밀번호가 맞지 않습니다.',
    ended: '이미 사용했거나 만료된 링크입니다. 링크를 다시 받아 주세요.',
    tooMany: (minutes: number) =>
      `시도 횟수가 너무 많습니다. 다른 사람이 시도했을 수도 있습니다. ${minutes}분 뒤에 다시 시도해 주세요. 대기 순서는 유지됩니다.`,
    proofWorking:
      '또는 자동 접속(매크로) 여부를 확인하고 있으니 잠시 기다려 주세요. 몇 초, 오래된 휴대폰에서는 1분까지 걸립니다. 그동안 입력하셔도 됩니다.',
    proofDone: '확인이 끝났습니다. 지금 다시 시도하실 수 있습니다.',
    busy: '로그인하는 분이 많습니다. 잠시 후 다시 시도해 주세요. 대기 순서는 유지됩니다.',
    invalid: '표시된 항목을 확인해 주세요.',
    unavailable: '일시적인 오류가 발생했습니다. 잠시 후 다시 시도해 주세요. 대기 순서는 유지됩니다.',
    cookies:
      '로그인에 성공했지만 이 브라우저에 로그인 쿠키가 저장되지 않았습니다. 브라우저 설정에서 이 사이트의 쿠키를 허용하거나 다른 브라우저에서 다시 로그인해 주세요.',
    mail: '이 개발 환경의 이메일',
    mailLead:
      '개발 환경에서는 이메일을 보내지 않고 폴더에 저장하며, 이 컴퓨터에서만 볼 수 있습니다. 이메일을 실제로 보내는 환경에는 이 페이지가 없습니다.',
    noMail: '아직 이메일이 없습니다.',
    to: '받는 사람',
    attachment: '첨부:',
  },
})
