import type { EmailLanguage, EmailWords } from '../message.ts'
import type { FactorChange } from '../queue-emails.ts'

// No e-mail has the account's name in it: whoever creates an account with a stranger's address chooses that name, and
// would choose what we then write to the stranger.

type Words = Record<EmailLanguage, EmailWords>

/** With the link to set a new password. */
export function resetPasswordEmail({ link, seconds }: { link: string; seconds: number }): Words {
  const minutes = Math.floor(seconds / 60)
  return {
    en: {
      subject: 'Set a new password for Naru',
      text: `Hello,

someone, probably you, has asked to set a new password for your Naru account. This link does it, once, within the next ${minutes} minutes:

${link}

If it was not you, you need do nothing: your password stays as it is.

Naru`,
    },
    ko: {
      subject: '나루 비밀번호 다시 설정하기',
      text: `안녕하세요.

나루 계정의 비밀번호를 다시 설정해 달라는 요청을 받았습니다. 앞으로 ${minutes}분 동안 아래 링크에서 한 번 설정할 수 있습니다.

${link}

직접 요청하지 않으셨다면 아무것도 하지 않으셔도 됩니다. 비밀번호는 그대로입니다.

나루 드림`,
    },
  }
}

/** With the link and the code that confirm an address. */
export function confirmAddressEmail({
  link,
  code,
  seconds,
}: {
  link: string
  code: string
  seconds: number
}): Words {
  const minutes = Math.floor(seconds / 60)
  return {
    en: {
      subject: 'Confirm your e-mail address for Naru',
      text: `Hello,

to confirm the e-mail address of your Naru account, enter this code within the next ${minutes} minutes:

${code}

or open this link in the browser where you are signed in:

${link}

If you did not create a Naru account, you can ignore this e-mail. Nobody at Naru will ever ask you for the code.

Naru`,
    },
    ko: {
      subject: '나루 이메일 주소를 확인해 주세요',
      text: `안녕하세요.

나루 계정의 이메일 주소를 확인하려면 ${minutes}분 안에 아래 코드를 입력해 주세요.

${code}

또는 로그인하신 브라우저에서 아래 링크를 여세요.

${link}

나루 계정을 만든 적이 없다면 이 메일을 무시해 주세요. 나루는 누구에게도 코드를 묻지 않습니다.

나루 드림`,
    },
  }
}

/** The same for an address that had an unproven account before: which one is to be proven is up to its reader. */
export function confirmFurtherEmail({
  link,
  code,
  seconds,
  signInUrl,
  forgotUrl,
}: {
  link: string
  code: string
  seconds: number
  signInUrl: string
  forgotUrl: string
}): Words {
  const minutes = Math.floor(seconds / 60)
  return {
    en: {
      subject: 'Confirm your e-mail address for Naru',
      text: `Hello,

to confirm the e-mail address of the Naru account that you have just made, enter this code within the next ${minutes} minutes, where you signed up:

${code}

or open this link in the same browser:

${link}

This address has another account that is not confirmed, and only one can be. If you made that one too and want to keep it, sign in to it: ${signInUrl}
or set a new password: ${forgotUrl}

If you did not create a Naru account, you can ignore this e-mail. Nobody at Naru will ever ask you for the code.

Naru`,
    },
    ko: {
      subject: '나루 이메일 주소를 확인해 주세요',
      text: `안녕하세요.

방금 만드신 나루 계정의 이메일 주소를 확인하려면 가입하신 화면에 ${minutes}분 안에 아래 코드를 입력해 주세요.

${code}

또는 같은 브라우저에서 아래 링크를 여세요.

${link}

이 주소로 만들었지만 아직 확인하지 않은 계정이 하나 더 있으며, 그중 한 계정만 확인할 수 있습니다. 그 계정도 직접 만드셨고 계속 쓰시려면 로그인해 주세요: ${signInUrl}
또는 비밀번호를 다시 설정해 주세요: ${forgotUrl}

나루 계정을 만든 적이 없다면 이 메일을 무시해 주세요. 나루는 누구에게도 코드를 묻지 않습니다.

나루 드림`,
    },
  }
}

/** With a link for whichever account of the address: instead of more and more e-mails with codes. */
export function confirmAnyEmail({ link, seconds }: { link: string; seconds: number }): Words {
  const minutes = Math.floor(seconds / 60)
  return {
    en: {
      subject: 'Confirm your e-mail address for Naru',
      text: `Hello,

many Naru accounts were made with your address in the past hour, so we send you one link instead of a code for each. Sign in to your own account, and open it in the same browser within the next ${minutes} minutes:

${link}

If you did not create a Naru account, you can ignore this e-mail: nobody can confirm your address without it.

Naru`,
    },
    ko: {
      subject: '나루 이메일 주소를 확인해 주세요',
      text: `안녕하세요.

지난 한 시간 동안 이 주소로 여러 나루 계정이 만들어져, 코드를 하나씩 보내는 대신 링크 하나를 보내 드립니다. 본인의 계정에 로그인하신 뒤 ${minutes}분 안에 같은 브라우저에서 아래 링크를 여세요.

${link}

나루 계정을 만든 적이 없다면 이 메일을 무시해 주세요. 이 메일 없이는 누구도 이 주소를 확인할 수 없습니다.

나루 드림`,
    },
  }
}

/** To the owner of an address with which someone has made another account. */
export function accountExistsEmail({
  signInUrl,
  forgotUrl,
}: {
  signInUrl: string
  forgotUrl: string
}): Words {
  return {
    en: {
      subject: 'You have a Naru account already',
      text: `Hello,

someone has signed up for Naru with your address and a password that is not yours. You have an account already; what was made is a separate, empty one that can never be confirmed.

If it was you, sign in to your own account: ${signInUrl}
or set a new password for it: ${forgotUrl}

If it was not you, you need do nothing: nobody got into your account.

Naru`,
    },
    ko: {
      subject: '이미 나루 계정이 있습니다',
      text: `안녕하세요.

이 주소와 다른 비밀번호로 나루에 가입한 사람이 있습니다. 이 주소에는 이미 계정이 있으므로, 새로 만들어진 것은 주소를 확인할 수 없는 별도의 빈 계정입니다.

본인이라면 원래 계정으로 로그인해 주세요: ${signInUrl}
또는 원래 계정의 비밀번호를 다시 설정해 주세요: ${forgotUrl}

본인이 아니라면 아무것도 하지 않으셔도 됩니다. 원래 계정에는 아무도 들어오지 못했습니다.

나루 드림`,
    },
  }
}

/** After a password was set or changed: the owner hears of it even if it was not them. */
export function passwordChangedEmail({ forgotUrl }: { forgotUrl: string }): Words {
  return {
    en: {
      subject: 'Your Naru password was changed',
      text: `Hello,

the password of your Naru account was changed, and every other device was signed out.

If it was not you, set a new password at once: ${forgotUrl}

Naru`,
    },
    ko: {
      subject: '나루 비밀번호가 변경되었습니다',
      text: `안녕하세요.

나루 계정의 비밀번호가 변경되어 다른 모든 기기에서 로그아웃되었습니다.

본인이 변경하지 않았다면 바로 비밀번호를 다시 설정해 주세요: ${forgotUrl}

나루 드림`,
    },
  }
}

/** After a second factor was set up or removed, or got other recovery codes. */
export function factorChangedEmail(change: FactorChange, { forgotUrl }: { forgotUrl: string }): Words {
  const { en, ko } = FACTOR_CHANGES[change]
  return {
    en: {
      subject: en.subject,
      text: `Hello,

${en.text}

Wasn't you? Set a new password now: ${forgotUrl}
Then check two-step sign-in on the account security page.

Naru`,
    },
    ko: {
      subject: ko.subject,
      text: `안녕하세요.

${ko.text}

본인이 변경하지 않았다면 바로 비밀번호를 다시 설정해 주세요: ${forgotUrl}
그런 다음 계정 보안 페이지에서 2단계 인증을 확인해 주세요.

나루 드림`,
    },
  }
}

const FACTOR_CHANGES: Record<FactorChange, Words> = {
  enrolled: {
    en: {
      subject: 'Two-step sign-in is on for your Naru account',
      text: 'Two-step sign-in was turned on for your Naru account, and every other device was signed out.',
    },
    ko: {
      subject: '나루 계정의 2단계 인증이 켜졌습니다',
      text: '나루 계정에서 2단계 인증을 사용하기 시작하여 다른 모든 기기에서 로그아웃되었습니다.',
    },
  },
  removed: {
    en: {
      subject: 'Two-step sign-in is off for your Naru account',
      text: 'Two-step sign-in was turned off for your Naru account, and every other device was signed out.',
    },
    ko: {
      subject: '나루 계정의 2단계 인증이 꺼졌습니다',
      text: '나루 계정의 2단계 인증이 꺼져 다른 모든 기기에서 로그아웃되었습니다.',
    },
  },
  'recovery-codes': {
    en: {
      subject: 'New recovery codes for your Naru account',
      text: 'New recovery codes were created for your Naru account. The earlier ones no longer work.',
    },
    ko: {
      subject: '나루 계정의 복구 코드가 새로 발급되었습니다',
      text: '나루 계정의 복구 코드가 새로 발급되었습니다. 이전 복구 코드는 더 이상 사용할 수 없습니다.',
    },
  },
}
