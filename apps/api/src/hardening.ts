/** What every answer tells a browser: it is what its type says, and no frame may show it. */
export const HARDENING = { 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' } as const;
