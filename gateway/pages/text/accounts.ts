import { translated } from '../translated.ts'

export const accountsText = translated({
  en: {
    signIn: 'Sign in',
    signUp: 'Make an account',
    email: 'E-mail address',
    password: 'Password',
    newPassword: 'New password',
    currentPassword: 'Current password',
    passwordRule: 'At least 8 characters. A few words are easier to keep in mind than signs.',
    name: 'Name on the tickets',
    noAccount: 'No account yet?',
    hasAccount: 'You have an account already?',
    forgot: 'Forgot your password?',
    forgotLead: 'Name the address of your account. We send you an e-mail with a link to set a new password.',
    forgotSend: 'Send the e-mail',
    sent: 'The e-mail is on its way',
    sentLead:
      'If there is an account with this address, an e-mail arrives there in a moment. Its link works once, for a short time. If you asked a few minutes ago already, the e-mail that came then is the one to use. If none arrives, please check your spam folder, and whether you signed up with another address.',
    again: 'Another address',
    setPassword: 'Set a new password',
    setLead: 'Every device that is signed in to your account now will be signed out, except for this one.',
    save: 'Save the password',
    account: 'Account',
    myPage: 'My page',
    changePassword: 'Change password',
    changed: 'Your password is changed. Every other device is signed out.',
    everywhere: 'Sign out everywhere',
    everywhereLead:
      'For a phone that was lost, or a computer that others use: every device is signed out within seconds, this one too. Tickets and places in line stay.',
    signedOut: {
      here: 'You are signed out.',
      everywhere: 'You are signed out on every device.',
      forgotten:
        'This browser has forgotten your sign-in. The shop could not be reached, so the session is not ended yet: if others can use this device, sign in again later and choose “Sign out everywhere”.',
    },
    fields: {
      email: 'Please write an e-mail address, such as name@example.org.',
      password:
        'Please take 8 to 200 characters, and nothing that many people use: no “password-1”, no name, no date.',
      current: 'This is not your current password.',
      name: 'Please write a name of up to 100 characters.',
    },
    failed: 'The address or the password is wrong.',
    ended: 'This link was used already, or is too old. Please request a new e-mail.',
    tooMany: (minutes: number) =>
      `Too many attempts were made, perhaps by somebody else. Please try again in ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}; your place in line is kept.`,
    proofWorking:
      'Or let your browser show that it is not a robot: it is calculating. This takes a few seconds, up to a minute on an older phone. You can fill in the form meanwhile.',
    proofDone: 'Your browser is done: you can try again now.',
    busy: 'Many are signing in just now. Please try again in a moment; your place is kept.',
    invalid: 'Please look at the fields again.',
    away: 'That did not work just now. Please try again in a moment; your place is kept.',
    cookies:
      'That worked, but this browser did not keep the cookie that keeps you signed in. Please allow cookies for this site in the browser’s settings, or open the site in another browser, then sign in again.',
    mail: 'E-mails of this development system',
    mailLead:
      'Here e-mails are written into a folder instead of being sent, and shown on this machine only. Where e-mails are sent, this page does not exist.',
    noMail: 'No e-mails yet.',
    to: 'To',
    attachment: 'Attached:',
  },
  ko: {
    signIn: '로그인',
    signUp: '계정 만들기',
    email: '이메일 주소',
    password: '비밀번호',
    newPassword: '새 비밀번호',
    currentPassword: '현재 비밀번호',
    passwordRule: '8자 이상이면 됩니다. 복잡한 기호보다 단어 몇 개가 기억하기 쉽습니다.',
    name: '티켓에 들어갈 이름',
    noAccount: '계정이 없나요?',
    hasAccount: '이미 계정이 있나요?',
    forgot: '비밀번호를 잊으셨나요?',
    forgotLead: '계정의 이메일 주소를 적어 주세요. 비밀번호를 다시 설정하는 링크를 보내 드립니다.',
    forgotSend: '메일 받기',
    sent: '메일을 보내고 있습니다',
    sentLead:
      '이 주소로 만든 계정이 있으면 곧 메일이 도착합니다. 링크는 잠시 동안 한 번만 쓸 수 있습니다. 몇 분 전에 이미 요청하셨다면 그때 받은 메일을 쓰시면 됩니다. 메일이 오지 않으면 스팸함을 확인하시거나 다른 주소로 가입하지 않으셨는지 살펴봐 주세요.',
    again: '다른 주소로 받기',
    setPassword: '비밀번호 다시 설정',
    setLead: '지금 이 기기를 제외하고 로그인되어 있는 모든 기기에서 로그아웃됩니다.',
    save: '비밀번호 저장',
    account: '계정',
    myPage: '내 페이지',
    changePassword: '비밀번호 변경',
    changed: '비밀번호를 변경했습니다. 다른 모든 기기에서 로그아웃되었습니다.',
    everywhere: '모든 기기에서 로그아웃',
    everywhereLead:
      '휴대전화를 잃어버렸거나 여럿이 쓰는 컴퓨터에서 로그인했을 때 쓰세요. 이 기기를 포함해 모든 기기에서 몇 초 안에 로그아웃됩니다. 티켓과 줄의 자리는 그대로입니다.',
    signedOut: {
      here: '로그아웃되었습니다.',
      everywhere: '모든 기기에서 로그아웃되었습니다.',
      forgotten:
        '이 브라우저에서는 로그인 정보를 지웠습니다. 지금 상점에 연결할 수 없어 세션은 아직 끝나지 않았습니다. 다른 사람이 쓰는 기기라면 나중에 다시 로그인해 ‘모든 기기에서 로그아웃’을 선택해 주세요.',
    },
    fields: {
      email: 'name@example.org와 같은 이메일 주소를 적어 주세요.',
      password:
        '8자에서 200자 사이로 적어 주세요. ‘password-1’, 이름, 날짜처럼 쉽게 짐작할 수 있는 비밀번호는 쓸 수 없습니다.',
      current: '현재 비밀번호가 맞지 않습니다.',
      name: '이름을 100자 이내로 적어 주세요.',
    },
    failed: '주소나 비밀번호가 맞지 않습니다.',
    ended: '이미 사용했거나 오래된 링크입니다. 메일을 다시 받아 주세요.',
    tooMany: (minutes: number) =>
      `로그인 시도가 너무 많았습니다. 다른 사람이 시도했을 수도 있습니다. ${minutes}분 뒤에 다시 시도해 주세요. 줄의 자리는 그대로입니다.`,
    proofWorking:
      '기다리지 않으려면 로봇이 아님을 브라우저로 확인하세요. 지금 계산하고 있으며 몇 초, 오래된 휴대전화에서는 1분까지 걸립니다. 그동안 양식을 작성하셔도 됩니다.',
    proofDone: '확인이 끝났습니다. 지금 다시 시도하실 수 있습니다.',
    busy: '지금 많은 사람이 로그인하고 있습니다. 잠시 후 다시 시도해 주세요. 자리는 그대로입니다.',
    invalid: '입력한 내용을 다시 확인해 주세요.',
    away: '지금은 되지 않았습니다. 잠시 후 다시 시도해 주세요. 자리는 그대로입니다.',
    cookies:
      '확인되었지만, 이 브라우저가 로그인 상태를 유지하는 쿠키를 저장하지 않았습니다. 브라우저 설정에서 이 사이트의 쿠키를 허용하거나 다른 브라우저로 열어 다시 로그인해 주세요.',
    mail: '이 개발 환경의 메일',
    mailLead:
      '여기서는 메일을 보내지 않고 폴더에 저장하며, 이 컴퓨터에서만 보여 줍니다. 메일을 실제로 보내는 환경에는 이 페이지가 없습니다.',
    noMail: '아직 메일이 없습니다.',
    to: '받는 사람',
    attachment: '첨부:',
  },
})
