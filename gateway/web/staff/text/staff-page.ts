import { translated } from '../../i18n/translated.ts'

/** Texts that only the server shows: the gate's script, which works without a network, loads the others. */
export const staffPageText = translated({
  en: {
    title: 'Check-in',
    titleAt: (festival: string) => `Check-in · ${festival}`,
    chooseLead:
      'Choose your festival and enter your gate. If a ticket has already been used, staff see at which gate.',
    gateHint: 'For example: North gate, scanner 2',
    begin: 'Start',
    noFestivals: 'No festivals yet.',
    otherGate: 'Change gate',
    viewfinder: 'Point the camera at the QR code.',
    codeHint: 'Use a scanner, or type the code. It’s below the QR code, like 12-345-ABC123.',
    check: 'Check in',
    history: 'Scans on this device',
    undoKeep: 'Keep it',
    lastNone: 'No check-ins yet.',
    offline: 'Offline. You can keep scanning; scans are sent when the network is back.',
    noEd25519:
      'This browser can’t verify ticket signatures. Offline, it admits only tickets on the downloaded list.',
    noStore: 'This browser can’t save scans: keep this page open until everything is sent.',
    signIn: 'Sign in',
    conflictsLead:
      'This device admitted these tickets offline, but the server says they weren’t valid. The organiser sees them too, even after you remove them here.',
  },
  ko: {
    title: '입장 확인',
    titleAt: (festival: string) => `입장 확인 · ${festival}`,
    chooseLead:
      '축제와 입구를 선택해 주세요. 이미 사용한 티켓이면 어느 입구에서 사용했는지 스태프에게 보입니다.',
    gateHint: '예: 북문, 스캐너 2',
    begin: '시작',
    noFestivals: '등록된 축제가 없습니다.',
    otherGate: '입구 변경',
    viewfinder: 'QR 코드를 화면 안에 맞춰 주세요.',
    codeHint: '스캐너로 스캔하거나 QR 코드 아래의 코드를 입력해 주세요. 예: 12-345-ABC123',
    check: '입장 확인',
    history: '이 기기의 스캔 기록',
    undoKeep: '그대로 두기',
    lastNone: '아직 입장한 사람이 없습니다.',
    offline: '오프라인 상태입니다. 입장 확인은 계속할 수 있으며, 연결되면 스캔 기록을 전송합니다.',
    noEd25519:
      '이 브라우저는 티켓 서명을 확인할 수 없습니다. 오프라인에서는 내려받은 목록의 티켓만 입장할 수 있습니다.',
    noStore: '이 브라우저는 스캔 기록을 저장하지 못합니다. 모두 전송될 때까지 이 페이지를 닫지 마세요.',
    signIn: '로그인',
    conflictsLead:
      '이 기기가 오프라인에서 입장시켰지만 서버 기준으로는 유효하지 않은 티켓입니다. 여기서 지워도 주최자에게는 남아 있습니다.',
  },
})
