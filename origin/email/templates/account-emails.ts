import type { EmailLanguage } from '../../../shared/api/fields.ts'
import type { EmailWords } from '../message.ts'
import type { FactorChange } from '../queue-emails.ts'

// No e-mail contains the account's name: an account can be created with another person's address, and its creator would
// choose the text that we send to that person.

type Words = Record<EmailLanguage, EmailWords>
type Confirmation = { link: string; code: string; seconds: number }

/** With the link to set a new password. */
export function resetPasswordEmail({ link, seconds }: { link: string; seconds: number }): Words {
  const minutes = Math.floor(seconds / 60)
  return {
    en: {
      subject: 'Reset your Naru password',
      text: `Hello,

we received a request to reset the password of your Naru account. This link works once, for ${minutes} minutes:

${link}

Not you? Just ignore this e-mail: your password stays the same.

Naru`,
    },
    ko: {
      subject: '나루 비밀번호 재설정',
      text: `안녕하세요.

나루 계정의 비밀번호 재설정 요청을 받았습니다. 아래 링크는 ${minutes}분 동안 한 번만 사용할 수 있습니다.

${link}

요청하신 적이 없다면 이 이메일을 무시해 주세요. 비밀번호는 변경되지 않습니다.

나루 드림`,
    },
  }
}

/** With the link and the code that confirm an address. */
export function confirmAddressEmail({ link, code, seconds }: Confirmation): Words {
  const minutes = Math.floor(seconds / 60)
  return {
    en: {
      subject: 'Confirm your e-mail address for Naru',
      text: `Hello,

to confirm the e-mail address of your Naru account, enter this code within ${minutes} minutes:

${code}

or open this link in the browser where you are signed in:

${link}

Didn’t create a Naru account? Just ignore this e-mail. Nobody at Naru will ever ask you for the code.

Naru`,
    },
    ko: {
      subject: '나루 이메일 인증',
      text: `안녕하세요.

나루 계정의 이메일을 인증하려면 ${minutes}분 안에 아래 인증번호를 입력해 주세요.

${code}

또는 로그인하신 브라우저에서 아래 링크를 열어 주세요.

${link}

나루에 가입한 적이 없다면 이 이메일을 무시해 주세요. 나루는 인증번호를 묻지 않습니다.

나루 드림`,
    },
  }
}

/** The same for an address that had an unproven account before: its reader decides which one to prove. */
export function confirmFurtherEmail({
  link,
  code,
  seconds,
  signInUrl,
  forgotUrl,
}: Confirmation & { signInUrl: string; forgotUrl: string }): Words {
  const minutes = Math.floor(seconds / 60)
  return {
    en: {
      subject: 'Confirm your e-mail address for Naru',
      text: `Hello,

to confirm the e-mail address of the Naru account you’ve just created, enter this code where you signed up, within ${minutes} minutes:

${code}

or open this link in the same browser:

${link}

There’s another unconfirmed account with this address, and only one of them can be confirmed. If you created that one too and want to keep it, sign in to it: ${signInUrl}
or reset its password: ${forgotUrl}

Didn’t create a Naru account? Just ignore this e-mail. Nobody at Naru will ever ask you for the code.

Naru`,
    },
    ko: {
      subject: '나루 이메일 인증',
      text: `안녕하세요.

방금 가입하신 나루 계정의 이메일을 인증하려면 가입하신 화면에 ${minutes}분 안에 아래 인증번호를 입력해 주세요.

${code}

또는 같은 브라우저에서 아래 링크를 열어 주세요.

${link}

이 주소로 가입했지만 아직 인증하지 않은 계정이 하나 더 있으며, 그중 한 계정만 인증할 수 있습니다. 직접 가입하신 그 계정을 계속 쓰시려면 로그인해 주세요: ${signInUrl}
또는 비밀번호를 재설정해 주세요: ${forgotUrl}

나루에 가입한 적이 없다면 이 이메일을 무시해 주세요. 나루는 인증번호를 묻지 않습니다.

나루 드림`,
    },
  }
}

/** With a link for all accounts of the address: instead of further e-mails with codes. */
export function confirmAnyEmail({ link, seconds }: { link: string; seconds: number }): Words {
  const minutes = Math.floor(seconds / 60)
  return {
    en: {
      subject: 'Confirm your e-mail address for Naru',
      text: `Hello,

several Naru accounts have been created with your address in the past hour, so we’re sending you one link instead of a code for each. Sign in to your own account and open this link in the same browser within ${minutes} minutes:

${link}

Didn’t create a Naru account? Just ignore this e-mail: nobody can confirm your address without it.

Naru`,
    },
    ko: {
      subject: '나루 이메일 인증',
      text: `안녕하세요.

지난 한 시간 동안 이 주소로 여러 계정이 만들어져, 계정마다 인증번호를 보내는 대신 링크 하나를 보내 드립니다. 본인의 계정에 로그인하신 뒤 ${minutes}분 안에 같은 브라우저에서 아래 링크를 열어 주세요.

${link}

나루에 가입한 적이 없다면 이 이메일을 무시해 주세요. 이 이메일 없이는 누구도 이 주소를 인증할 수 없습니다.

나루 드림`,
    },
  }
}

/** To the owner of an address with which another account was created. */
export function accountExistsEmail({
  signInUrl,
  forgotUrl,
}: {
  signInUrl: string
  forgotUrl: string
}): Words {
  return {
    en: {
      subject: 'You already have a Naru account',
      text: `Hello,

someone tried to sign up with your e-mail address and a different password, but you already have an account. The new account is separate and empty, and can’t be confirmed.

Was it you? Sign in to your own account: ${signInUrl}
or reset its password: ${forgotUrl}

Not you? Just ignore this e-mail: your account is safe.

Naru`,
    },
    ko: {
      subject: '이미 나루 계정이 있습니다',
      text: `안녕하세요.

누군가 이 이메일 주소와 다른 비밀번호로 나루에 가입하려고 했습니다. 이 주소에는 이미 계정이 있어, 새로 만들어진 계정은 인증할 수 없는 별도의 빈 계정입니다.

본인이라면 기존 계정으로 로그인해 주세요: ${signInUrl}
또는 기존 계정의 비밀번호를 재설정해 주세요: ${forgotUrl}

본인이 아니라면 이 이메일을 무시해 주세요. 기존 계정은 안전합니다.

나루 드림`,
    },
  }
}

/** After a password was set or changed: the owner is notified even of their own change. */
export function passwordChangedEmail({ forgotUrl }: { forgotUrl: string }): Words {
  return {
    en: {
      subject: 'Your Naru password was changed',
      text: `Hello,

the password of your Naru account has been changed, and all other devices have been signed out.

Not you? Reset your password now: ${forgotUrl}

Naru`,
    },
    ko: {
      subject: '나루 비밀번호가 변경되었습니다',
      text: `안녕하세요.

나루 계정의 비밀번호가 변경되었으며, 다른 모든 기기에서 로그아웃되었습니다.

직접 변경하지 않으셨다면 지금 비밀번호를 재설정해 주세요: ${forgotUrl}

나루 드림`,
    },
  }
}

/** After a second factor was set up or removed, or got new recovery codes. */
export function factorChangedEmail(change: FactorChange, { forgotUrl }: { forgotUrl: string }): Words {
  const { en, ko } = FACTOR_CHANGES[change]
  return {
    en: {
      subject: en.subject,
      text: `Hello,

${en.text}

Not you? Reset your password now: ${forgotUrl}
Then check two-step sign-in on the account security page.

Naru`,
    },
    ko: {
      subject: ko.subject,
      text: `안녕하세요.

${ko.text}

직접 변경하지 않으셨다면 지금 비밀번호를 재설정해 주세요: ${forgotUrl}
그런 다음 계정 보안 페이지에서 2단계 인증을 확인해 주세요.

나루 드림`,
    },
  }
}

const FACTOR_CHANGES: Record<FactorChange, Words> = {
  enrolled: {
    en: {
      subject: 'Two-step sign-in is on for your Naru account',
      text: 'two-step sign-in has been turned on for your Naru account, and all other devices have been signed out.',
    },
    ko: {
      subject: '나루 계정의 2단계 인증이 켜졌습니다',
      text: '나루 계정의 2단계 인증이 켜졌으며, 다른 모든 기기에서 로그아웃되었습니다.',
    },
  },
  removed: {
    en: {
      subject: 'Two-step sign-in is off for your Naru account',
      text: 'two-step sign-in has been turned off for your Naru account, and all other devices have been signed out.',
    },
    ko: {
      subject: '나루 계정의 2단계 인증이 꺼졌습니다',
      text: '나루 계정의 2단계 인증이 꺼졌으며, 다른 모든 기기에서 로그아웃되었습니다.',
    },
  },
  'recovery-codes': {
    en: {
      subject: 'New recovery codes for your Naru account',
      text: 'new recovery codes have been created for your Naru account. The earlier ones no longer work.',
    },
    ko: {
      subject: '나루 계정의 복구 코드가 새로 발급되었습니다',
      text: '나루 계정의 복구 코드가 새로 발급되었습니다. 이전 복구 코드는 더 이상 사용할 수 없습니다.',
    },
  },
}
