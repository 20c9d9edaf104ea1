/** The end of `npm start` for a reason that one sentence says. */
export class Stop extends Error {
  /**
   * @param {string} message
   * @param {number} [status] the exit status
   */
  constructor(message, status = 1) {
    super(message);
    this.status = status;
  }
}

/** The exit status of a flag or variable that is refused. */
export const BAD_ARGUMENTS = 104;
