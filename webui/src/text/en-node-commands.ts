// The words for what a node is asked to do at once.
export const enNodeCommands = {
  title: 'What it can do now',
  names: { read: 'Measure now', identify: 'Blink', restart: 'Restart' },
  restartSure: 'Restart the node? It measures nothing for some seconds.',
  underWay: 'Asked. Waiting for the node.',
  done: {
    read: 'The node measured just now.',
    identify: 'The node blinks for half a minute.',
    restart: 'The node restarts.',
  },
  /** By the hub's word for it. */
  why: {
    offline: 'The node is not connected.',
    refused: 'The node said no.',
    timeout: 'The node did not answer in time.',
    busy: 'Too much is being asked of the nodes. Try again.',
    'not-sent': 'It could not be sent.',
    '': 'The hub did not answer.',
  } as Record<string, string>,
  failed: (why: string) => `Not done: ${why}`,
}
