/** Two sounds that nobody takes for each other, and two rhythms of vibration for where it is loud. */

type Note = { hertz: number; shape: OscillatorType; seconds: number }

const YES: readonly Note[] = [
  { hertz: 880, shape: 'sine', seconds: 0.1 },
  { hertz: 1320, shape: 'sine', seconds: 0.18 },
]
const NO: readonly Note[] = [
  { hertz: 196, shape: 'square', seconds: 0.22 },
  { hertz: 147, shape: 'square', seconds: 0.4 },
]
const VOLUME = 0.25

let audio: AudioContext | undefined

export function soundVerdict(isYes: boolean): void {
  navigator.vibrate?.(isYes ? [80] : [250, 100, 250])
  try {
    audio ??= new AudioContext()
    // Browsers hold it back until the page was touched, which starting the camera or typing is.
    void audio.resume()
    let start = audio.currentTime
    for (const note of isYes ? YES : NO) {
      play(audio, note, start)
      start += note.seconds
    }
  } catch {
    // A browser without sound still shows colour and words.
  }
}

function play(context: AudioContext, { hertz, shape, seconds }: Note, start: number): void {
  const tone = context.createOscillator()
  const volume = context.createGain()
  tone.type = shape
  tone.frequency.value = hertz
  volume.gain.setValueAtTime(VOLUME, start)
  volume.gain.exponentialRampToValueAtTime(0.001, start + seconds)
  tone.connect(volume).connect(context.destination)
  tone.start(start)
  tone.stop(start + seconds)
}
