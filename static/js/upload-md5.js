// A worker that answers each {id, buffer} with {id, md5}: the MD5 of the bytes in base64, as a bucket wants it in
// Content-MD5. Browsers have no MD5 of their own. RFC 1321; typed arrays are little-endian wherever browsers run.

const SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
const SINES = Int32Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32));

function mix(state, words) {
  for (let block = 0; block < words.length; block += 16) {
    let [a, b, c, d] = state;
    for (let i = 0; i < 64; i++) {
      const round = i >> 4;
      let f, at;
      if (round === 0) [f, at] = [d ^ (b & (c ^ d)), i];
      else if (round === 1) [f, at] = [c ^ (d & (b ^ c)), (5 * i + 1) & 15];
      else if (round === 2) [f, at] = [b ^ c ^ d, (3 * i + 5) & 15];
      else [f, at] = [c ^ (b | ~d), (7 * i) & 15];
      const sum = (a + f + SINES[i] + words[block + at]) | 0;
      const by = SHIFTS[round * 4 + (i & 3)];
      a = d;
      d = c;
      c = b;
      b = (b + ((sum << by) | (sum >>> (32 - by)))) | 0;
    }
    state[0] = (state[0] + a) | 0;
    state[1] = (state[1] + b) | 0;
    state[2] = (state[2] + c) | 0;
    state[3] = (state[3] + d) | 0;
  }
}

function md5(buffer) {
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  const whole = buffer.byteLength & ~63;
  mix(state, new Int32Array(buffer, 0, whole / 4));
  const rest = buffer.byteLength - whole;
  const tail = new Uint8Array(rest < 56 ? 64 : 128);
  tail.set(new Uint8Array(buffer, whole));
  tail[rest] = 0x80;
  new DataView(tail.buffer).setBigUint64(tail.length - 8, BigInt(buffer.byteLength) * 8n, true);
  mix(state, new Int32Array(tail.buffer));
  return btoa(String.fromCharCode(...new Uint8Array(state.buffer)));
}

self.onmessage = ({ data }) => self.postMessage({ id: data.id, md5: md5(data.buffer) });
