import { translated } from '../../i18n/translated.ts'

/** The end of a fan’s turn, in the room and on other pages. */
export const turnText = translated({
  en: {
    turn: 'It’s your turn!',
    turnEnds: 'Go in within {time}, or you’ll have to queue again.',
    turnEndsSoon: 'Less than 30 seconds left to go in. After that you’ll have to queue again.',
    turnLeft: 'Time left to go in',
    admitted: 'You’re already in.',
  },
  ko: {
    turn: '차례가 되었습니다!',
    turnEnds: '{time} 안에 입장하지 않으면 다시 대기해야 합니다.',
    turnEndsSoon: '입장할 수 있는 시간이 30초도 남지 않았습니다. 지나면 다시 대기해야 합니다.',
    turnLeft: '입장까지 남은 시간',
    admitted: '이미 입장했습니다.',
  },
})
