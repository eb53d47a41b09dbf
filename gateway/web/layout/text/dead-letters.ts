import { translated } from '../../i18n/translated.ts'

/** What operators read about payments and e-mails that could not be processed. */
export const deadLettersText = translated({
  en: {
    title: 'Payments and e-mails that need attention',
    organiser: 'Organiser',
    payments: 'Payments',
    paymentsLead:
      'Of all festivals. The team of the festival decides what becomes of a payment; its page of members says who that is.',
    noPayments: 'No payment needs attention.',
    emails: 'E-mails',
    emailsLead:
      'They were refused or failed too often. Once the cause is fixed, send them again with the command: npm run emails -- resend all',
    noEmails: 'No e-mail needs attention.',
    facts: {
      at: 'Since',
      festival: 'Festival',
      payment: 'Payment',
      reason: 'Reason',
      attempts: 'Attempts',
      email: 'E-mail',
      to: 'To',
    },
    team: 'Team',
    unknown: 'Unknown',
    older: 'Older',
    newest: 'To the newest',
    templates: {
      'confirm-email': 'Address confirmation',
      'confirm-address': 'Address confirmation',
      'reset-request': 'New password',
      'account-exists': 'Account already exists',
      'password-changed': 'Password changed',
      'second-factor-changed': 'Two-step sign-in changed',
      'team-invitation': 'Invitation to a team',
      'order-confirmed': 'Order confirmation',
      'order-cancelled': 'Order cancelled',
      'payment-refunded': 'Payment refunded',
    } as Readonly<Record<string, string>>,
  },
  ko: {
    title: '확인이 필요한 결제와 이메일',
    organiser: '주최자',
    payments: '결제',
    paymentsLead:
      '모든 축제의 결제입니다. 처리 방법은 해당 축제의 팀이 정하며, 담당자는 팀 페이지에서 확인할 수 있습니다.',
    noPayments: '확인이 필요한 결제가 없습니다.',
    emails: '이메일',
    emailsLead:
      '거절되었거나 여러 번 실패한 이메일입니다. 원인을 해결한 뒤 다음 명령으로 다시 보낼 수 있습니다: npm run emails -- resend all',
    noEmails: '확인이 필요한 이메일이 없습니다.',
    facts: {
      at: '발생 시각',
      festival: '축제',
      payment: '결제',
      reason: '사유',
      attempts: '시도 횟수',
      email: '이메일 종류',
      to: '받는 사람',
    },
    team: '팀',
    unknown: '알 수 없음',
    older: '이전 기록',
    newest: '최신으로',
    templates: {
      'confirm-email': '이메일 주소 확인',
      'confirm-address': '이메일 주소 확인',
      'reset-request': '비밀번호 재설정',
      'account-exists': '이미 가입된 주소 안내',
      'password-changed': '비밀번호 변경',
      'second-factor-changed': '2단계 인증 변경',
      'team-invitation': '팀 초대',
      'order-confirmed': '예매 확인',
      'order-cancelled': '예매 취소',
      'payment-refunded': '환불',
    },
  },
})
