import { plural, translated } from '../translated.ts'

export const drawText = translated({
  en: {
    title: (festival: string) => `The draw, ${festival}`,
    heading: 'Check the draw yourself',
    lead: 'Your browser recomputes the draw from what is published. It asks nobody whether the result is right.',
    steps: [
      'Before the sale, the organiser published a commitment: the hash of a secret.',
      'When the sale opened, the list of entries and of those who take part was closed, and its hashes were published.',
      'Only then did a public beacon give a number that nobody could know before. The result says so where there was none.',
      'Secret, hashes and number give the seed, and from the seed follows every position. Changing any of them changes all positions.',
    ],
    closing: (participants: string) =>
      `The lobby has closed; places that take part: ${participants}. These hashes hold the draw to the list of entries and to who takes part:`,
    round: (number: string) =>
      `The draw takes round ${number} of the beacon, which was still to come when the lobby closed. Whose beacon it is, the check below says.`,
    notYet: 'The lots have not been drawn yet. Come back when the sale has opened.',
    never: 'The sale ended before the lots were drawn. Nobody was called by this draw.',
    none: 'This room goes by arrival; it draws no lots.',
    check: 'Check now',
    checking: 'Computing…',
    away: 'The data could not be fetched just now. Please try again.',
    good: (entries: string) =>
      `Everything fits together: commitment, participants, seed and ${plural(entries, 'the one entry', `all ${entries} entries`)}.`,
    beacon: {
      signed: (round: string) =>
        `The draw took round ${round} of the public beacon drand, the first that was due three seconds or more after the closing, and its signature is genuine. Nobody could know it before.`,
      other: (round: string) =>
        `The draw took round ${round} of a test beacon, not of the public one. The signature fits, but whoever has that beacon’s key could have known the round before.`,
      none: 'The organiser chose a draw without a public beacon. That nobody who knew the secret added entries rests on the organiser’s word.',
      silent:
        'The public beacon stayed silent for a minute, so the draw was made without it, as the organiser had chosen. That nobody who knew the secret added entries rests on the organiser’s word.',
      'false-signature':
        'The beacon’s round is not signed by the beacon that it names. This draw is not honest.',
      'false-round':
        'The beacon’s round is not the first that was due three seconds or more after the closing. This draw is not honest.',
    },
    mine: (index: string, position: string) =>
      `You came as number ${index}. The lots give you place ${position}.`,
    behind: (index: string, position: string) =>
      `You came as number ${index} and took no part in the draw; behind those who did, you have place ${position}.`,
    late: 'You came after the opening: your place is the order of your arrival, not drawn by lot.',
    unknown: 'This browser does not know an entry of yours, so only the draw itself was checked.',
    bad: {
      commitment:
        'The published secret does not fit the commitment from before the sale. This draw is not honest.',
      entries: 'The published entries are not as many as took part. This draw is not honest.',
      participants:
        'Those who took part are not those that were published when the lobby closed. This draw is not honest.',
      seed: 'The published seed does not follow from the secret and the entries. This draw is not honest.',
    },
    keyKept:
      'The key that only this browser has proves the entry: its hash is in the list that was drawn from.',
    keyMissing: 'The key of your entry is not in the list that was drawn from. Please tell the organiser.',
    command: 'On a computer, without this page:',
  },
  ko: {
    title: (festival: string) => `${festival} 추첨`,
    heading: '추첨을 직접 확인하기',
    lead: '공개된 자료만으로 이 브라우저가 추첨을 다시 계산합니다. 결과가 맞는지 누구에게도 묻지 않습니다.',
    steps: [
      '판매 전에 주최자는 비밀 값의 해시(약속)를 공개했습니다.',
      '판매가 시작될 때 입장 기록과 참여자 목록을 닫고 그 해시를 공개했습니다.',
      '그다음에야 공개 난수가 아무도 미리 알 수 없는 숫자를 내놓았습니다. 없었다면 결과에 그렇게 나옵니다.',
      '비밀 값, 해시, 숫자로 씨앗값을 만들고, 씨앗값에서 모든 순서가 정해집니다. 하나만 바뀌어도 전부 달라집니다.',
    ],
    closing: (participants: string) =>
      `대기실이 닫혔습니다. 추첨에 참여하는 자리는 ${participants}개입니다. 아래 해시로 입장 기록과 참여자 명단이 고정되었습니다.`,
    round: (number: string) =>
      `추첨에는 대기실이 닫힐 때 아직 나오지 않은 난수 ${number}회차를 사용합니다. 어떤 난수인지는 아래에서 확인할 수 있습니다.`,
    notYet: '아직 추첨하지 않았습니다. 판매가 시작된 뒤에 다시 오세요.',
    never: '추첨 전에 판매가 끝났습니다. 이 추첨으로 호출된 사람은 없습니다.',
    none: '이 대기실은 온 순서대로이며 추첨하지 않습니다.',
    check: '지금 확인하기',
    checking: '계산하는 중…',
    away: '지금은 자료를 받을 수 없습니다. 다시 시도해 주세요.',
    good: (entries: string) =>
      `모두 맞습니다. 약속, 참여자, 씨앗값, 입장 기록 ${entries}개가 서로 일치합니다.`,
    beacon: {
      signed: (round: string) =>
        `추첨에 공개 난수 drand ${round}회차를 썼습니다. 대기실이 닫히고 3초 뒤부터 처음 나온 회차이며 서명도 진짜입니다. 누구도 미리 알 수 없었습니다.`,
      other: (round: string) =>
        `추첨에 공개 난수가 아닌 시험용 난수 ${round}회차를 썼습니다. 서명은 맞지만, 그 난수의 키를 가진 사람은 미리 알 수 있었습니다.`,
      none: '주최자가 공개 난수 없이 추첨하기로 했습니다. 비밀 값을 아는 사람이 입장 기록을 더하지 않았다는 주최자의 말을 믿어야 합니다.',
      silent:
        '공개 난수가 1분 동안 나오지 않아, 주최자가 정한 대로 그것 없이 추첨했습니다. 비밀 값을 아는 사람이 입장 기록을 더하지 않았다는 주최자의 말을 믿어야 합니다.',
      'false-signature': '난수 회차의 서명이 거기 적힌 난수의 것이 아닙니다. 공정한 추첨이 아닙니다.',
      'false-round': '대기실이 닫히고 3초 뒤부터 처음 나온 난수 회차가 아닙니다. 공정한 추첨이 아닙니다.',
    },
    mine: (index: string, position: string) => `${index}번째로 왔고, 추첨 결과는 ${position}번입니다.`,
    behind: (index: string, position: string) =>
      `${index}번째로 왔고 추첨에는 참여하지 않았습니다. 추첨 참여자 다음 순서로 ${position}번입니다.`,
    late: '판매가 시작된 뒤에 왔으므로 추첨이 아니라 온 순서대로입니다.',
    unknown: '이 브라우저에는 입장 기록이 없어 추첨 자체만 확인했습니다.',
    bad: {
      commitment: '공개된 비밀 값이 판매 전의 약속과 다릅니다. 공정한 추첨이 아닙니다.',
      entries: '공개된 입장 기록의 수가 참여자 수와 다릅니다. 공정한 추첨이 아닙니다.',
      participants: '공개된 참여자가 대기실이 닫힐 때 공개된 것과 다릅니다. 공정한 추첨이 아닙니다.',
      seed: '공개된 씨앗값이 비밀 값과 입장 기록에서 나오지 않습니다. 공정한 추첨이 아닙니다.',
    },
    keyKept: '이 브라우저만 가진 키가 입장 기록을 증명합니다. 키의 해시가 추첨한 목록에 있습니다.',
    keyMissing: '내 입장 기록이 추첨한 목록에 없습니다. 주최자에게 알려 주세요.',
    command: '이 페이지 없이 컴퓨터에서 확인하려면:',
  },
})

export type DrawText = (typeof drawText)['en']
