// A small piece of work for the browser while somebody chooses a name: the more people come in at once, the more of it.
// It runs in slices, so that nothing ever feels slow. Sending the form does not wait for it: whoever is faster comes in
// as people without scripts do. Only where words are being guessed does the form wait, about a second.
const field = document.querySelector("[data-work]"), form = field?.form;
const SLICE_MS = 12;
const K = new Uint32Array(64), FIRST = new Uint32Array(8);

// The constants of SHA-256 are roots of the first primes; computing them is shorter than listing them.
(function fill() {
  const part = (x) => ((x - Math.floor(x)) * 0x100000000) >>> 0;
  for (let n = 2, found = 0; found < 64; n += 1) {
    let prime = true;
    for (let d = 2; d * d <= n; d += 1) if (n % d === 0) { prime = false; break; }
    if (!prime) continue;
    if (found < 8) FIRST[found] = part(Math.sqrt(n));
    K[found] = part(Math.cbrt(n));
    found += 1;
  }
})();

const w = new Uint32Array(64), turn = (x, n) => (x >>> n) | (x << (32 - n));

// SHA-256 of up to 55 ASCII letters: one block. Only the first 32 bits are wanted.
function firstWord(text) {
  w.fill(0, 0, 16);
  for (let i = 0; i < text.length; i += 1) w[i >> 2] |= text.charCodeAt(i) << (24 - 8 * (i & 3));
  w[text.length >> 2] |= 0x80 << (24 - 8 * (text.length & 3));
  w[15] = text.length * 8;
  for (let i = 16; i < 64; i += 1) {
    const a = w[i - 15], b = w[i - 2];
    w[i] = (w[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + w[i - 7] + (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10))) | 0;
  }
  let [a, b, c, d, e, f, g, h] = FIRST;
  for (let i = 0; i < 64; i += 1) {
    const x = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
    const y = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + x) | 0; d = c; c = b; b = a; a = (x + y) | 0;
  }
  return (a + FIRST[0]) >>> 0;
}

function work(stamp, done) {
  const [, , bits, , nonce] = stamp.split("|"), shift = 32 - Number(bits);
  let n = 0;
  (function slice() {
    const until = performance.now() + SLICE_MS;
    while (performance.now() < until) {
      for (let i = 0; i < 200; i += 1, n += 1) if (firstWord(`${nonce}:${n}`) >>> shift === 0) { done(String(n)); return; }
    }
    setTimeout(slice, 0);
  })();
}

const stamp = form?.querySelector("[data-stamp]")?.value;
let sender = null;

function finish(found) {
  field.value = found;
  if (sender) form.requestSubmit(sender === form ? undefined : sender);
}

form?.addEventListener("submit", (event) => {
  if (!stamp || field.value || !("wait" in field.dataset)) return;
  event.preventDefault();
  sender = event.submitter ?? form;
});

if (stamp) work(stamp, finish);
