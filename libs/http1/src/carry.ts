const FIRST_CAPACITY_BYTES = 512;

/** Collects bytes that came in several reads, so that they lie in one piece. Its owner bounds how many. */
export class Carry {
  /** The collected bytes are the first `length` of these. */
  bytes: Buffer = Buffer.alloc(0);
  length = 0;

  add(buffer: Buffer, start: number, end: number): void {
    const length = this.length + end - start;
    if (this.bytes.length < length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_CAPACITY_BYTES, length * 2));
      this.bytes.copy(larger, 0, 0, this.length);
      this.bytes = larger;
    }
    buffer.copy(this.bytes, this.length, start, end);
    this.length = length;
  }

  clear(): void {
    this.length = 0;
  }
}
