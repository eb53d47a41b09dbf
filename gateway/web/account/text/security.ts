import { plural, translated } from '../../i18n/translated.ts'

/** The second factor: signing in with it, setting it up and removing it. */
export const securityText = translated({
  en: {
    title: 'Account security',
    account: 'My account',
    factor: 'Two-step sign-in',
    lead: 'With an authenticator app, signing in takes a code from your phone as well as your password.',
    off: 'Two-step sign-in is off.',
    on: (codes: number) =>
      `Two-step sign-in is on. You have ${codes} recovery ${plural(codes, 'code', 'codes')} left.`,
    needed: 'A team you’re on requires two-step sign-in. Set it up here to continue to your festivals.',
    neededAgain:
      'A team you’re on requires two-step sign-in. You signed in on this device before turning it on: sign out, then sign in again with a code.',
    password: 'Your password',
    begin: 'Set up an authenticator app',
    scan: 'Scan this QR code with your authenticator app, or type in the key. Then enter the six-digit code that the app shows.',
    key: 'Key',
    qr: 'QR code for your authenticator app',
    code: 'Six-digit code',
    codeOrRecovery: 'Code from your app, or a recovery code',
    confirm: 'Turn on',
    confirmLead: 'Your other devices will be signed out.',
    continue: 'Continue',
    savedTitle: 'Save your recovery codes',
    savedLead:
      'Each code lets you sign in once without your app. Keep them somewhere safe: this is the only time we show them.',
    done: 'I’ve saved them',
    renew: 'Create new recovery codes',
    renewLead: 'Your current recovery codes will stop working. Enter the six-digit code that your app shows.',
    remove: 'Turn off two-step sign-in',
    removeLead:
      'Your other devices will be signed out, and you won’t be able to access teams that require it until you set it up again.',
    removed: 'Two-step sign-in is off.',
    signInTitle: 'Enter your code',
    signInLead:
      'Open your authenticator app and enter the code for Naru. No phone at hand? Use a recovery code.',
    errors: {
      password: 'Wrong password.',
      code: 'Wrong or already used code. Wait for the next one and try again.',
      codeAgain:
        'Wrong code. Check that your phone’s clock is right and enter the next code, or start again.',
      ended: 'That took too long. Please sign in again.',
      tooMany: 'Too many wrong codes. Please try again in 15 minutes.',
      failed: 'Something went wrong. Please try again.',
    },
  },
  ko: {
    title: '계정 보안',
    account: '내 계정',
    factor: '2단계 인증',
    lead: '인증 앱을 쓰면 로그인할 때 비밀번호와 함께 휴대폰에 표시되는 코드를 입력합니다.',
    off: '2단계 인증을 사용하지 않고 있습니다.',
    on: (codes: number) => `2단계 인증을 사용하고 있습니다. 남은 복구 코드는 ${codes}개입니다.`,
    needed: '2단계 인증이 필요한 팀에 속해 있습니다. 여기에서 설정하면 축제 화면으로 갈 수 있습니다.',
    neededAgain:
      '2단계 인증이 필요한 팀에 속해 있습니다. 이 기기에서는 설정 전에 로그인하셨으니 로그아웃한 뒤 코드로 다시 로그인해 주세요.',
    password: '비밀번호',
    begin: '인증 앱 설정하기',
    scan: '인증 앱으로 QR 코드를 찍거나 키를 입력한 다음, 앱에 표시되는 숫자 6자리를 입력해 주세요.',
    key: '키',
    qr: '인증 앱용 QR 코드',
    code: '숫자 6자리 코드',
    codeOrRecovery: '인증 앱의 코드 또는 복구 코드',
    confirm: '사용하기',
    confirmLead: '다른 기기에서는 로그아웃됩니다.',
    continue: '계속하기',
    savedTitle: '복구 코드를 보관해 주세요',
    savedLead:
      '인증 앱을 쓸 수 없을 때 코드마다 한 번씩 로그인할 수 있습니다. 지금만 볼 수 있으니 안전한 곳에 보관해 주세요.',
    done: '보관했습니다',
    renew: '복구 코드 재발급',
    renewLead: '기존 복구 코드는 더 이상 사용할 수 없습니다. 인증 앱에 표시되는 숫자 6자리를 입력해 주세요.',
    remove: '2단계 인증 끄기',
    removeLead:
      '다른 기기에서는 로그아웃되며, 2단계 인증이 필요한 팀에는 다시 설정할 때까지 들어갈 수 없습니다.',
    removed: '2단계 인증을 껐습니다.',
    signInTitle: '코드 입력',
    signInLead: '인증 앱을 열고 나루의 코드를 입력해 주세요. 휴대폰가 없다면 복구 코드를 입력하셔도 됩니다.',
    errors: {
      password: '비밀번호가 맞지 않습니다.',
      code: '맞지 않거나 이미 사용한 코드입니다. 다음 코드가 나오면 다시 입력해 주세요.',
      codeAgain:
        '맞지 않는 코드입니다. 휴대폰의 시각을 확인하고 다음 코드를 입력하거나, 처음부터 다시 설정해 주세요.',
      ended: '시간이 지났습니다. 다시 로그인해 주세요.',
      tooMany: '틀린 코드가 너무 많습니다. 15분 후에 다시 시도해 주세요.',
      failed: '일시적인 오류가 발생했습니다. 다시 시도해 주세요.',
    },
  },
})

export type SecurityError = keyof (typeof securityText)['en']['errors']
