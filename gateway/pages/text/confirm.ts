import { plural, translated } from '../translated.ts'

export const confirmText = translated({
  en: {
    title: 'Confirm your e-mail address',
    lead: {
      before: 'We send a six-digit code to ',
      after:
        '. Enter it here, or open the link of that e-mail in this browser. If you have had an account with this address before, the e-mail says how to get into it.',
    },
    why: 'Only accounts with a confirmed address take part in a draw, and tickets are sent there.',
    code: 'Six-digit code',
    confirm: 'Confirm',
    send: 'Send the e-mail',
    sendAgain: 'Send it again',
    sent: 'The e-mail is on its way. If it does not arrive within a few minutes, please check your spam folder.',
    wrong: (left: number) => `This code is wrong. You can try ${left} more ${plural(left, 'time', 'times')}.`,
    wrongFormat: 'Please enter the six digits from the e-mail.',
    ended:
      'This code or link was already used, has expired, or was tried too often. Please request a new e-mail; its link works even after too many wrong codes.',
    linkEnded:
      'This link was already used, has expired, or is for another account than the one that is signed in here. Please enter the code of the e-mail where you signed up, or request a new e-mail here.',
    taken:
      'Another account has already confirmed this address, perhaps written differently (with dots or a plus sign). Please sign in to that account.',
    busy: 'Many e-mails are being sent at the moment. Please try again in a minute.',
    tooMany: (minutes: number) =>
      `Too many attempts. Please try again in ${minutes} ${plural(minutes, 'minute', 'minutes')}.`,
    unavailable: 'This did not work at the moment. Please try again shortly; nothing was lost.',
    done: 'Your e-mail address is confirmed.',
    linkLead: 'Press the button to confirm your e-mail address for your Naru account.',
    linkWarning: 'If you did not create a Naru account, please close this page.',
    goOn: 'Continue',
    myPage: 'My page',
    hint: 'Your e-mail address is not confirmed yet. Draws are only for confirmed addresses.',
    hintLink: 'Confirm it now',
  },
  ko: {
    title: '이메일 주소 확인',
    lead: {
      before: '여섯 자리 코드를 ',
      after:
        ' 주소로 보내 드립니다. 코드를 여기에 입력하거나 이 브라우저에서 메일의 링크를 여세요. 이 주소로 만든 계정이 이미 있다면 메일에서 그 계정으로 들어가는 방법을 알려 드립니다.',
    },
    why: '주소를 확인한 계정만 추첨에 참여할 수 있으며, 티켓도 이 주소로 보내 드립니다.',
    code: '여섯 자리 코드',
    confirm: '확인',
    send: '메일 보내기',
    sendAgain: '다시 보내기',
    sent: '메일을 보냈습니다. 몇 분 안에 도착하지 않으면 스팸함을 확인해 주세요.',
    wrong: (left: number) => `코드가 맞지 않습니다. ${left}번 더 입력할 수 있습니다.`,
    wrongFormat: '메일에 있는 숫자 여섯 자리를 입력해 주세요.',
    ended:
      '이미 사용했거나 유효 시간이 지났거나 너무 여러 번 틀린 코드 또는 링크입니다. 메일을 다시 받아 주세요. 코드를 여러 번 틀렸어도 메일의 링크는 쓸 수 있습니다.',
    linkEnded:
      '이미 사용했거나 유효 시간이 지났거나, 여기에 로그인한 계정이 아닌 다른 계정의 링크입니다. 가입하신 화면에 메일의 코드를 입력하거나 여기에서 메일을 다시 받아 주세요.',
    taken:
      '다른 계정에서 이미 확인한 주소입니다. 점이나 더하기 기호를 넣어 다르게 적은 주소일 수 있습니다. 그 계정으로 로그인해 주세요.',
    busy: '지금 보내는 메일이 많습니다. 잠시 후 다시 시도해 주세요.',
    tooMany: (minutes: number) => `시도가 너무 많았습니다. ${minutes}분 후에 다시 시도해 주세요.`,
    unavailable: '지금은 처리할 수 없습니다. 잠시 후 다시 시도해 주세요. 입력하신 내용은 그대로입니다.',
    done: '이메일 주소를 확인했습니다.',
    linkLead: '아래 버튼을 누르면 나루 계정의 이메일 주소가 확인됩니다.',
    linkWarning: '나루 계정을 만든 적이 없다면 이 페이지를 닫아 주세요.',
    goOn: '계속하기',
    myPage: '내 페이지',
    hint: '아직 이메일 주소를 확인하지 않았습니다. 추첨에는 확인한 주소로만 참여할 수 있습니다.',
    hintLink: '지금 확인하기',
  },
})
