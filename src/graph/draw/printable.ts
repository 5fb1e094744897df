/** Characters that XML, and so SVG, cannot hold, or that would break a line, are shown as their pictures. */
export function printable(text: string): string {
  if (/^[ -~]*$/.test(text)) return text;
  return text
    .replaceAll(/\p{Cc}/gu, (c) => (c < " " ? String.fromCharCode(0x2400 + c.charCodeAt(0)) : "\u2421"))
    .replaceAll(/[\ud800-\udfff\ufffe\uffff]/gu, "\ufffd");
}
