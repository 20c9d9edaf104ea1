/** The bytes that HTTP/1.1 is made of, and tables that classify one byte by one load (RFC 9110 section 5). */

export const HTAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const DQUOTE = 0x22;
export const ZERO = 0x30;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;
export const EQUALS = 0x3d;
export const BACKSLASH = 0x5c;

/** 1 for the bytes of a token (tchar, RFC 9110 section 5.6.2). */
export const TOKEN = new Uint8Array(256);
for (const byte of Buffer.from(
  "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
)) {
  TOKEN[byte] = 1;
}

/** 1 for HTAB, SP, VCHAR and obs-text: what a field value, a reason phrase and a quoted string may hold. */
export const TEXT = new Uint8Array(256)
  .fill(1, SP)
  .fill(0, 0x7f, 0x80)
  .fill(1, HTAB, HTAB + 1);

/** Marks a byte that is no hexadecimal digit in `HEX_VALUE`. */
export const NOT_HEX = 0xff;

/** For a hexadecimal digit its value, for any other byte `NOT_HEX`. */
export const HEX_VALUE = new Uint8Array(256).fill(NOT_HEX);
for (let value = 0; value < 16; value += 1) {
  const digit = value.toString(16);
  HEX_VALUE[digit.charCodeAt(0)] = value;
  HEX_VALUE[digit.toUpperCase().charCodeAt(0)] = value;
}
