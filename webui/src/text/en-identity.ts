// The words of the page "Add a node" and of what is said about nodes' certificates.
import { createPlural } from './catalogue.ts'

const plural = createPlural('en')

export const enAddNode = {
  title: 'Add a node',
  link: 'Add a node',
  where: 'Where does it hang?',
  house: 'House',
  node: 'Place in the house',
  nodeHint: 'For example: north wall',
  known: (uid: string) => `${uid} hangs there already.`,
  sameNode: 'It is this one: it gets new keys',
  otherNode: 'A new node takes its place: the old one is shut out when the new one comes in',
  make: 'Make a code',
  notMade: (why: string) => (why === '' ? 'The hub did not answer.' : `No code was made: ${why}.`),
  nobody: 'You need more rights for this. An admin of the farm can do it.',
  code: 'One-time code',
  codeFor: (house: string, node: string) => `For ${node} in ${house}`,
  left: (minutes: number, seconds: number) => `Good for ${minutes}:${String(seconds).padStart(2, '0')} more`,
  qr: 'The same as a QR code',
  steps: [
    'Switch the node on near the hub.',
    'Join its own Wi-Fi, which begins with rn-. Give its page the line below.',
    'It appears here by itself.',
  ],
  waiting: 'Waiting for the node',
  line: 'Copy for the node’s page',
  port: 'Port of the hub',
  fingerprint: 'Fingerprint of the farm',
  cancel: 'Cancel the code',
  inTitle: 'The node is in',
  inBody: (uid: string) => `${uid} has its keys and its place. Its first values come in a moment.`,
  look: 'Look at it',
  another: 'Add another node',
  late: 'Nobody used the code in time. It is good no more.',
  void: 'The code is good no more: the hub started again, or somebody closed it. No node came in.',
  again: 'Make a new code',
}

const state = {
  none: 'unknown',
  valid: 'valid',
  due: 'to be renewed',
  rotating: 'being renewed',
  overdue: 'overdue',
  stranded: 'left behind',
  revoked: 'revoked',
}

export const enIdentity = {
  title: 'Certificates',
  nodeTitle: 'Certificate',
  state,
  /** What each state means for whoever reads it, and what to do. */
  means: {
    none: 'The hub has never seen a certificate of this node.',
    valid: 'This node proves who it is.',
    due: 'The hub asks the node to renew it as soon as it is connected. Nothing to do.',
    rotating: 'The node got a new one and has not used it yet. Nothing to do.',
    overdue: 'It has expired. The node is let in for 90 days more. Look why it does not renew: is it connected?',
    stranded: 'The farm has a new certificate authority, and this node did not move to it in time. Give it a new code.',
    revoked: 'This node is shut out. To let it in again, give it a new code.',
  },
  summary: (valid: number, all: number) =>
    valid === all
      ? plural(all, {
          one: 'The certificate of the only node is valid.',
          other: 'The certificates of all # nodes are valid.',
        })
      : `${valid} of ${plural(all, { one: '# node has a valid certificate', other: '# nodes have valid certificates' })}.`,
  noNodes: 'No node yet.',
  until: (day: string) => `good until ${day}`,
  was: (day: string) => `was good until ${day}`,
  daysLeft: (days: number) => plural(days, { one: '# day left', other: '# days left' }),
  daysOver: (days: number) => plural(days, { one: 'expired # day ago', other: 'expired # days ago' }),
  serial: 'Serial number',
  renew: 'Renew now',
  revoke: 'Revoke',
  revokeSure: (name: string) =>
    `Shut ${name} out? Its connections end at once, and it is not let in again until you give it a new code.`,
  newCode: 'Give it a new code',
  done: {
    renewed: 'The node has a new certificate.',
    revoked: 'The node is shut out.',
    rolled: 'The farm has a new certificate authority. The nodes move to it by themselves.',
    ended: 'The old certificate authority is gone.',
  },
  notDone: (why: string) => (why === '' ? 'The hub did not answer.' : `Not done: ${why}.`),
  caTitle: 'Certificate authority of the farm',
  caUntil: (day: string) => `It signs the certificates of all nodes, and is good until ${day}.`,
  caRolling: (moved: number, all: number, day: string) =>
    `It is being changed: ${moved} of ${plural(all, { one: '# node', other: '# nodes' })} moved to the new one. The old one goes when all did, or on ${day}.`,
  caLeft: 'Not moved yet',
  roll: 'Make a new one',
  rollSure:
    'Make a new certificate authority? The nodes that are connected move to it by themselves. Only needed when somebody may have copied the card of the box.',
  end: 'Drop the old one now',
  endSure: (count: number) =>
    `Drop the old one? ${plural(count, { one: '# node that did not move is', other: '# nodes that did not move are' })} shut out and need a new code.`,
}
