/**
 * A plain alphabet of straight strokes, for machines without a single font (small containers), where a renderer
 * would leave all text out.
 *
 * A letter is a list of lines; a line is a list of points, each two digits: x from 0 to the right, y from 0 (top of
 * the capitals) over 2 (top of the small letters) and 6 (where letters stand) down to 8. A line of one point twice is
 * a dot.
 */

const strokes: Readonly<Record<string, string>> = {
  A: "062046 1333",
  B: "060030414233033344453606",
  C: "4130100105163645",
  D: "00062644422000",
  E: "40000646 0333",
  F: "400006 0333",
  G: "41301001051636454323",
  H: "0006 4046 0343",
  I: "0020 1016 0626",
  J: "4045361605",
  K: "0006 400346",
  L: "000646",
  M: "0600234046",
  N: "06004640",
  O: "103041453616050110",
  P: "06003041423303",
  Q: "103041453616050110 2446",
  R: "06003041423303 2346",
  S: "413010010213334445361605",
  T: "0040 2026",
  U: "000516364540",
  V: "002640",
  W: "0016233640",
  X: "0046 4006",
  Y: "002340 2326",
  Z: "00400646",
  a: "12223336 341405162635",
  b: "0006 0312223335261605",
  c: "3322120305162635",
  d: "3036 3322120305162635",
  e: "04343322120305162635",
  f: "201116 0222",
  g: "3237281807 3322120305162635",
  h: "0006 0312223336",
  i: "0206 0000",
  j: "121708 1010",
  k: "0006 320436",
  l: "000516",
  m: "0206 03122326 23324346",
  n: "0206 0312223336",
  o: "122233352616050312",
  p: "0208 0312223335261605",
  q: "3238 3322120305162635",
  r: "0206 031222",
  s: "3212031424352606",
  t: "101526 0222",
  u: "0205162635 3236",
  v: "022642",
  w: "0216243642",
  x: "0236 3206",
  y: "0205162635 3237281807",
  z: "02320636",
  0: "102031352616050110",
  1: "011016 0626",
  2: "01102031320636",
  3: "01102031322313 233435261605",
  4: "26200434",
  5: "3000032334352606",
  6: "20100105162635342303",
  7: "003016",
  8: "102031322313020110 1304051626353423",
  9: "33130201102031352616",
  "!": "0004 0606",
  '"': "0001 2021",
  "#": "1016 3036 0242 0444",
  $: "413010010213334445361605 2026",
  "%": "0640 1001 4536",
  "&": "4602011020210405162644",
  "'": "0001",
  "(": "10010516",
  ")": "00111506",
  "*": "2125 0244 4204",
  "+": "2125 0343",
  ",": "0607",
  "-": "0323",
  ".": "0606",
  "/": "0630",
  ":": "0303 0606",
  ";": "0303 0607",
  "<": "310335",
  "=": "0232 0434",
  ">": "013305",
  "?": "01102031321314 1616",
  "@": "3616050110304144343222132434",
  "[": "10000616",
  "\\": "0036",
  "]": "00101606",
  "^": "021022",
  _: "0737",
  "`": "0011",
  "{": "20111203141526",
  "|": "0007",
  "}": "00111223141506",
  "~": "03122332",
  "…": "0606 2626 4646",
  "→": "0343 324334",
  "×": "0224 2204",
  " ": "",
};

/** Stands for a letter that is not in the alphabet. */
const unknown = "0030360600";

/** By how much the size of a font is larger than a step of the grid. */
const stepsPerSize = 8.6;
/** From one letter's right edge to the next one's left, in steps. */
const gap = 1.7;

/** The path that writes `text` centred on `x`, standing on `y`, in the given font size. */
export function strokePath(text: string, x: number, y: number, size: number): string {
  const letters = Array.from(text.normalize("NFD").replaceAll(/\p{M}/gu, ""), (letter) =>
    Object.hasOwn(strokes, letter) ? (strokes[letter] as string) : unknown,
  );
  const step = size / stepsPerSize;
  const widths = letters.map((letter) => (letter === "" ? 1 : widthOf(letter)) + gap);
  let left = x - ((widths.reduce((sum, width) => sum + width, 0) - gap) * step) / 2;
  let path = "";
  letters.forEach((letter, at) => {
    for (const line of letter.split(" ")) {
      for (let i = 0; i < line.length; i += 2) {
        const [px, py] = [left + Number(line[i]) * step, y + (Number(line[i + 1]) - 6) * step];
        path += `${i === 0 ? "M" : "L"}${px.toFixed(2)} ${py.toFixed(2)}`;
      }
    }
    left += (widths[at] as number) * step;
  });
  return path;
}

function widthOf(letter: string): number {
  let width = 0;
  for (const line of letter.split(" ")) {
    for (let i = 0; i < line.length; i += 2) width = Math.max(width, Number(line[i]));
  }
  return width;
}
