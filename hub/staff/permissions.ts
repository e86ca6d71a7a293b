// Who may do what: the one table of permission × role that the API enforces and the UI reads.

export const ROLES = ['viewer', 'worker', 'manager', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** Each permission with the least role that has it; a higher role has all that a lower one has. */
export const PERMISSIONS = {
  /** See values, nodes, courses and the live stream. */
  'farm.read': 'viewer',
  /** Figures for Prometheus. */
  'metrics.read': 'viewer',
  /** Ask nodes for values now, let one blink. */
  'nodes.ask': 'worker',
  /** Move a window, calibrate, restart. */
  'nodes.act': 'manager',
  /** What a node shall do. */
  'nodes.configure': 'manager',
  /** Let nodes in, renew and revoke them. */
  'nodes.identity': 'admin',
  /** Say that an alarm was seen, silence it for a while, try the siren. */
  'alarms.act': 'worker',
  /** Rules, call plan, channels with their passwords. */
  'alarms.configure': 'manager',
  /** What died, what was seen today; what a house is used for. */
  'flocks.note': 'worker',
  /** Bring birds in and out, their curves. */
  'flocks.manage': 'manager',
  /** Messages that broke the contract, with their payload. */
  'quarantine.read': 'manager',
  'quarantine.clear': 'admin',
  'clock.set': 'manager',
  /** Accounts, sessions of others, API tokens. */
  'staff.manage': 'admin',
  /** Backups hold every key of the farm. */
  'backup.manage': 'admin',
  /** A new version of the box, and its restart. */
  'box.update': 'admin',
  /** Who changed what. */
  'audit.read': 'manager',
} as const satisfies Record<string, Role>
export type Permission = keyof typeof PERMISSIONS
export const PERMISSION_NAMES = Object.keys(PERMISSIONS) as Permission[]

/** True when `role` has `permission`. Pure. */
export const may = (role: Role, permission: Permission): boolean =>
  ROLES.indexOf(role) >= ROLES.indexOf(PERMISSIONS[permission])
