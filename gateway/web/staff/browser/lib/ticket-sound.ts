import type { VerdictWords } from '../../staff-verdict.ts'

/** Three distinct sounds, and three vibration patterns for noisy places. */

type Look = VerdictWords['look']
type Note = { hertz: number; shape: OscillatorType; seconds: number }

const NOTES: Readonly<Record<Look, readonly Note[]>> = {
  yes: [
    { hertz: 880, shape: 'sine', seconds: 0.1 },
    { hertz: 1320, shape: 'sine', seconds: 0.18 },
  ],
  no: [
    { hertz: 196, shape: 'square', seconds: 0.22 },
    { hertz: 147, shape: 'square', seconds: 0.4 },
  ],
  ask: [
    { hertz: 587, shape: 'triangle', seconds: 0.1 },
    { hertz: 440, shape: 'triangle', seconds: 0.1 },
    { hertz: 587, shape: 'triangle', seconds: 0.1 },
    { hertz: 440, shape: 'triangle', seconds: 0.1 },
  ],
}
const RHYTHMS: Readonly<Record<Look, number[]>> = {
  yes: [80],
  no: [250, 100, 250],
  ask: [80, 80, 80, 80, 80],
}
const VOLUME = 0.4
const FADE_SECONDS = 0.01
const MUTE_KEY = 'naru-gate-mute'

let audio: AudioContext | undefined
/** The volume of the sound that plays: the next verdict cuts it off, so that each is heard separately. */
let playing: GainNode | undefined
let muted = readMuted()

export const isMuted = () => muted

/** Stored on this device. */
export function setMuted(isMute: boolean): void {
  muted = isMute
  try {
    localStorage.setItem(MUTE_KEY, isMute ? '1' : '')
  } catch {
    // Private windows may have no storage: it applies until the page is closed.
  }
}

function readMuted(): boolean {
  try {
    return localStorage.getItem(MUTE_KEY) === '1'
  } catch {
    return false
  }
}

export function soundVerdict(look: Look): void {
  navigator.vibrate?.(RHYTHMS[look])
  if (muted) return
  try {
    audio ??= new AudioContext()
    // Browsers block sound until the page was touched, as starting the camera or typing does.
    void audio.resume()
    const now = audio.currentTime
    playing?.gain.setTargetAtTime(0, now, FADE_SECONDS / 3)
    playing = new GainNode(audio, { gain: VOLUME })
    playing.connect(audio.destination)
    let start = now + FADE_SECONDS
    for (const note of NOTES[look]) {
      play(audio, playing, note, start)
      start += note.seconds
    }
  } catch {
    // A browser without sound still shows colour and text.
  }
}

function play(context: AudioContext, out: GainNode, { hertz, shape, seconds }: Note, start: number): void {
  const tone = context.createOscillator()
  const volume = context.createGain()
  tone.type = shape
  tone.frequency.value = hertz
  volume.gain.setValueAtTime(1, start)
  volume.gain.exponentialRampToValueAtTime(0.01, start + seconds)
  tone.connect(volume).connect(out)
  tone.start(start)
  tone.stop(start + seconds)
}
