// Short soft tones, made here: no file to fetch. A browser may keep quiet until the page was touched.
export function bell(pitches = [660, 880]) {
  const audio = new AudioContext(), gain = audio.createGain();
  gain.gain.value = 0.08;
  gain.connect(audio.destination);
  pitches.forEach((pitch, place) => {
    const tone = audio.createOscillator(), at = audio.currentTime + place * 0.18;
    tone.frequency.value = pitch;
    tone.connect(gain);
    tone.start(at);
    tone.stop(at + 0.14);
  });
  setTimeout(() => audio.close(), 800);
}
