/** What a token may do: a viewer reads, an operator also runs campaigns, an admin also changes what may be run where. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;

export type Role = (typeof ROLES)[number];

/** Whether who holds `role` may do what asks for `needed`: each role may all that those before it may. */
export function allows(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

export function isRole(text: unknown): text is Role {
  return ROLES.some((role) => role === text);
}
